WITH task AS (
  SELECT '{"id": "int8", "status": "text|varchar|bpchar|enum", "created_at": "timestamptz", "started_at": "timestamptz",
           "completed_at": "timestamptz?", "error": "text|varchar|citext?"}'::jsonb AS columns,
         switchyard.lifecycle_columns()
           || '{"started_by": "text|varchar|citext?", "cancel_requested_at": "timestamptz?", "canceled_at": "timestamptz?"}' AS added,
         '{pending,ongoing,succeeded,failed,canceled}'::text[] AS states
)
SELECT switchyard.misfits_of_table('public.builds', 'id',
  columns || '{"repository": "text|varchar", "branch": "text|varchar", "commit_hash": "text|varchar?", "triggered_by": "text|varchar"}',
  added || '{"build_command": "text|varchar", "artifact_path": "text|varchar?", "artifact_bytes": "int8?",
             "artifact_sha256": "text|varchar?", "label": "text|varchar"}', 'status', states) AS misfit
  FROM task
UNION ALL
SELECT switchyard.misfits_of_table('public.deployments', 'id',
  columns || '{"build_id": "int8", "environment": "text|varchar"}', added || '{"release_path": "text|varchar?"}', 'status', states)
  FROM task
