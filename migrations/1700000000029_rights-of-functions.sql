-- Up Migration
-- The list of rights names the functions too that everybody may call by default: where ALTER DEFAULT PRIVILEGES, or a REVOKE of
-- yours, takes that away from PUBLIC, the roles keep them. Each role may read the list, by which its process checks itself.
INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('SELECT', 'switchyard.grants', '{starter,worker,api,reader}'::text[]),
    ('EXECUTE', 'FUNCTION switchyard.actor', '{worker,api}'),
    ('EXECUTE', 'FUNCTION switchyard.pause', '{api}'),
    ('EXECUTE', 'FUNCTION switchyard.resume', '{api}'),
    ('EXECUTE', 'FUNCTION switchyard.system_failed', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.system_answered', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.take_probe', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.give_back_probe', '{worker}')
  ) AS list (privileges, object, roles)
ON CONFLICT DO NOTHING;
SELECT switchyard.apply_grants();
