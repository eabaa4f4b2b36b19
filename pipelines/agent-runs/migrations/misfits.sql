SELECT switchyard.misfits_of_table('ops.runs', 'id',
  '{"id": "uuid", "session_id": "any", "lane": "any", "status": "text|varchar|bpchar|enum", "plan": "jsonb", "created_at": "timestamptz",
    "claimed_by": "text|varchar|citext?", "claimed_at": "timestamptz?", "heartbeat_at": "timestamptz?", "canceled_at": "timestamptz?",
    "finished_at": "timestamptz?", "result": "jsonb?", "error": "text|varchar|citext?",
    "priority": "int4|int8|int2|numeric|float4|float8"}',
  switchyard.lifecycle_columns() || '{"lane_key": "text|varchar", "progress": "jsonb?", "question": "jsonb?", "answer": "jsonb?",
                                      "answer_by": "timestamptz?"}', 'status',
  '{queued,running,waiting_input,succeeded,failed,canceled}') AS misfit
