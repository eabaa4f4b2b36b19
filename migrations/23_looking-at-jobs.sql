-- Up Migration
-- What the API reads to show queues and jobs. Rights only; nothing is locked.

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('SELECT', 'switchyard.doorbells', '{api,reader}'::text[]),
    ('SELECT', 'switchyard.watches', '{api}'),
    ('SELECT', 'switchyard.systems', '{api}'),
    ('SELECT', 'switchyard.system_failures', '{api}'),
    -- Of a subscription its address is not read: it may hold a secret of its receiver.
    ('SELECT (name, queue, statuses, secret, created_by, created_at)', 'switchyard.subscriptions', '{api}')
  ) AS list (privileges, object, roles)
ON CONFLICT DO NOTHING;
SELECT switchyard.apply_grants();
