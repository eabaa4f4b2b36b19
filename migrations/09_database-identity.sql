-- Up Migration
-- Which database this is, so that a copy of it is told apart from it: workflows, schedules and task queues in Temporal carry
-- the id.

-- Where a database is: its server's data folder by the identifier that initdb gave it, and its number there. A dump that was
-- restored and a CREATE DATABASE … TEMPLATE are in another place, a promoted standby is in the same. Where the server does not
-- tell its identifier, the number of the table stands in: a restored dump makes the table anew.
-- With its owner's rights, so that every role gets the same answer.
CREATE FUNCTION switchyard.database_place() RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number oid := (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
BEGIN
  RETURN (SELECT system_identifier FROM pg_catalog.pg_control_system()) || '/' || number;
EXCEPTION
  WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    RETURN 'table-' || 'switchyard.database_identity'::regclass::oid || '/' || number;
END
$$;

CREATE TABLE switchyard.database_identity (
  id            uuid        NOT NULL DEFAULT gen_random_uuid(),
  place         text        NOT NULL DEFAULT switchyard.database_place(),
  database_name text        NOT NULL DEFAULT current_database(),
  kept_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  is_only       boolean     PRIMARY KEY DEFAULT true,

  CONSTRAINT database_identity_is_one_row CHECK (is_only)
);
COMMENT ON TABLE switchyard.database_identity IS 'Changed by `npm run identity` alone';
COMMENT ON COLUMN switchyard.database_identity.place IS 'Where the database was when it got or kept its id; a copy is elsewhere';
COMMENT ON COLUMN switchyard.database_identity.kept_at IS 'Of two databases with one id, Temporal belongs to the one whose time is later';

INSERT INTO switchyard.database_identity DEFAULT VALUES;
