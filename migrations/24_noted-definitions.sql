-- Up Migration
-- What the code of applications says of its queues, beyond the registry: limits, keys, order, the systems that its jobs need. Each starter
-- writes it at its start, for commands, page and API of processes that do not have that code. New table only.

CREATE TABLE switchyard.queue_definitions (
  queue      text        PRIMARY KEY,
  definition jsonb       NOT NULL,
  noted_by   text        NOT NULL DEFAULT switchyard.actor(),
  noted_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE switchyard.queue_definitions IS 'The definitions of fenced queues, as the starter that started last has them';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('SELECT, INSERT, UPDATE', 'switchyard.queue_definitions', '{starter}'::text[]),
    ('SELECT', 'switchyard.queue_definitions', '{api,reader}')
  ) AS list (privileges, object, roles);
SELECT switchyard.apply_grants();
