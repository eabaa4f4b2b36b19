SELECT switchyard.misfits_of_table('upload_pipeline.documents', 'document_id',
  '{"document_id": "uuid", "path": "text|varchar", "media_type": "text|varchar", "sha256": "text|varchar", "size": "any",
    "text_path": "text|varchar?", "pages": "int4|int8|int2?"}', '{}') AS misfit
UNION ALL
SELECT switchyard.misfits_of_table('upload_pipeline.upload_jobs', 'job_id',
  '{"job_id": "uuid", "document_id": "uuid", "stage": "text|varchar", "state": "text|varchar|bpchar|enum",
    "error": "text|varchar|citext?", "created_at": "timestamptz", "updated_at": "timestamptz"}',
  switchyard.lifecycle_columns()
    || '{"started_by": "text|varchar|citext?", "cancel_requested_at": "timestamptz?", "canceled_at": "timestamptz?",
         "failed_stage": "text|varchar?", "started_at": "timestamptz", "completed_at": "timestamptz?", "failed_at": "timestamptz?"}',
  'state', '{queued,working,done,failed,canceled}')
