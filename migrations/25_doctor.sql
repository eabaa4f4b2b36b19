-- Up Migration
-- What `doctor` reads, for each role by which it may be called. Rights only; nothing is locked or rewritten.

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('SELECT', 'switchyard.migrations', '{starter,worker,api}'::text[]),
    ('SELECT', 'switchyard.doorbells', '{worker,api,reader}'),
    ('SELECT', 'switchyard.watches', '{worker,api}'),
    ('SELECT', 'switchyard.database_identity', '{api}'),
    ('EXECUTE', 'FUNCTION switchyard.database_place', '{api}')
  ) AS list (privileges, object, roles)
ON CONFLICT DO NOTHING;
SELECT switchyard.apply_grants();
