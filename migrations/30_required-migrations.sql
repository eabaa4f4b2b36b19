-- Up Migration
-- Which migrations a process must know to run on this database. As a rule none: processes of the version before run on. A migration that
-- takes away what they use names itself here, and then they say so and end:
--   INSERT INTO switchyard.required_migrations (name) VALUES ('57_without-old-columns');
-- A new table only; nothing is locked.

CREATE TABLE switchyard.required_migrations (
  name  text        PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE switchyard.required_migrations IS 'A process that does not know one of these migrations does not run on this database';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || role, 'SELECT', 'switchyard.required_migrations'
  FROM unnest('{starter,worker,api,reader}'::text[]) AS role;
SELECT switchyard.apply_grants();
