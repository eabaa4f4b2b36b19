-- Up Migration
-- For tables of an older system that become a queue's: what they must be like, looked at before anything is changed and told in one
-- error, and what all of them need. The looks read catalogs alone, and lock nothing.

-- What keeps a table from becoming a queue's, a line each; none: it is not there, or fits. `columns` are those that it must
-- have, `added` those that adopting adds where they are missing: their types, in words of pg_type, `enum` or `any`, with a `?` for
-- what must be nullable. `states` are words that an enum of `status` must know.
CREATE FUNCTION switchyard.misfits_of_table(
  job_table text, id text, columns jsonb, added jsonb, status text DEFAULT NULL, states text[] DEFAULT '{}'
) RETURNS SETOF text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE wanted AS (
    SELECT key AS name, string_to_array(rtrim(value, '?'), '|') AS types, value LIKE '%?' AS nullable, false AS may_miss
      FROM jsonb_each_text($3)
    UNION ALL
    SELECT key, string_to_array(rtrim(value, '?'), '|'), value LIKE '%?', true FROM jsonb_each_text($4)
  ), job_class AS (
    SELECT * FROM pg_class WHERE pg_class.oid = to_regclass($1)
  ), layer AS (
    SELECT attname, atttypid AS type, attnotnull AS required, 0 AS depth
      FROM pg_attribute JOIN job_class ON job_class.oid = attrelid WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT attname, typbasetype, required OR typnotnull, depth + 1
      FROM layer JOIN pg_type AS domain ON domain.oid = type AND typtype = 'd'
  ), found AS (
    SELECT DISTINCT ON (layer.attname) layer.attname AS name, type, required,
           CASE typtype WHEN 'e' THEN 'enum' ELSE typname END AS base,
           format_type(atttypid, atttypmod) AS declared, attgenerated <> '' OR attidentity = 'a' AS generated
      FROM layer JOIN pg_type ON pg_type.oid = type
      JOIN job_class ON true JOIN pg_attribute ON attrelid = job_class.oid AND pg_attribute.attname = layer.attname
     ORDER BY layer.attname, depth DESC
  ), misfit (place, says) AS (
    SELECT 1, format('is no table (it has the kind "%s" of pg_class)', relkind) FROM job_class WHERE relkind NOT IN ('r', 'p')
    UNION ALL
    SELECT 2, format('belongs to %s, and %s may not change it; migrate as its owner, or GRANT %1$s TO %2$s',
                     quote_ident(pg_get_userbyid(relowner)), quote_ident(current_user))
      FROM job_class WHERE NOT pg_has_role(relowner, 'USAGE')
    UNION ALL
    SELECT 3, format('has no column %s (%s)', quote_ident(name), array_to_string(types, ' or '))
      FROM wanted WHERE NOT may_miss AND NOT EXISTS (SELECT FROM found WHERE found.name = wanted.name)
    UNION ALL
    SELECT 4, format('has a column %s of type %s; it must be %s', quote_ident(name), declared, array_to_string(types, ' or '))
      FROM wanted JOIN found USING (name) WHERE base <> ALL (types) AND types <> '{any}'
    UNION ALL
    SELECT 5, format('has a column %s that is NOT NULL; ALTER COLUMN %1$s DROP NOT NULL', quote_ident(name))
      FROM wanted JOIN found USING (name) WHERE nullable AND required
    UNION ALL
    SELECT 6, format('has a column %s that is generated; it must be a plain column', quote_ident(name))
      FROM wanted JOIN found USING (name) WHERE generated AND name <> $2 AND types <> '{any}'
    UNION ALL
    SELECT 7, format('has a column %s that is not unique by itself; it needs a PRIMARY KEY or UNIQUE constraint', quote_ident($2))
      FROM found WHERE name = $2 AND NOT EXISTS (
        SELECT FROM pg_index JOIN job_class ON job_class.oid = indrelid
         WHERE indisunique AND indpred IS NULL AND indnkeyatts = 1
           AND indkey[0] = (SELECT attnum FROM pg_attribute WHERE attrelid = job_class.oid AND attname = $2))
    UNION ALL
    SELECT 8, format('has a column %s whose type %s lacks the value %L; ALTER TYPE %2$s ADD VALUE %3$L', quote_ident(name), declared, word)
      FROM found, unnest($6) AS word
     WHERE name = $5 AND base = 'enum'
       AND NOT EXISTS (SELECT FROM pg_enum WHERE enumtypid = found.type AND enumlabel = word)
  )
  SELECT $1 || ' ' || says FROM misfit, job_class ORDER BY place, says
$$;

-- The columns of the lifecycle that adopting adds, where a table does not have them.
CREATE FUNCTION switchyard.lifecycle_columns() RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT '{"run_id": "text|varchar", "attempt": "int4|int8|int2|numeric", "priority": "int4|int8|int2|numeric|float4|float8",
           "request_id": "any", "error_code": "text|varchar|citext?", "deadline": "timestamptz?", "run_at": "timestamptz?"}'::jsonb
$$;

CREATE FUNCTION switchyard.refuse_misfits(misfits text[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF cardinality(misfits) > 0 THEN
    RAISE EXCEPTION E'tables that are there do not fit, and nothing of them was changed:\n  %', array_to_string(misfits, E'\n  ')
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Change them as it says, or move them out of the way, and run npm run migrate again. See docs/adopting-tables.md.';
  END IF;
END
$$;

-- Widens each CHECK on the status alone so that it takes these words too, and leaves what else it says. Rows are not read for it.
CREATE FUNCTION switchyard.widen_states(job_table regclass, status text, words text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
  condition text;
  takes_all boolean;
BEGIN
  FOR name, condition IN
    SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
     WHERE conrelid = job_table AND contype = 'c' AND attname = status
  LOOP
    EXECUTE format('SELECT coalesce(bool_and(%s), false)
                      FROM (SELECT coalesce((SELECT %I FROM %s LIMIT 0), word) AS %2$I FROM unnest($1) AS word) AS each',
                   condition, status, job_table) INTO takes_all USING words;
    CONTINUE WHEN takes_all;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I CHECK ((%s) OR %I = ANY (%L)) NOT VALID',
                   job_table, name, condition, status, words);
  END LOOP;
END
$$;
