-- Up Migration
-- Jobs of the rows that were there before add_queue. New functions only.

-- Goes through the table by its id and commits for each batch, so call it outside of a transaction. A row that has a job is passed over, so
-- it may be called again. `condition` is one more condition on the rows, an expression of NEW.
CREATE PROCEDURE switchyard.enqueue_existing(queue text, condition text DEFAULT NULL, batch integer DEFAULT 5000, INOUT enqueued bigint DEFAULT 0)
  LANGUAGE plpgsql AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
  after_id text;
  added bigint;
BEGIN
  PERFORM switchyard.check_source_is_there(known);
  IF known.source IS NULL THEN
    PERFORM switchyard.refuse('42809', pg_catalog.format('the queue "%s" has no table whose rows are its jobs', queue),
      'Put jobs into it with switchyard.enqueue or enqueue_many.');
  ELSIF batch IS NULL OR batch < 1 THEN
    PERFORM switchyard.refuse('22023', pg_catalog.format('a batch of %s rows', coalesce(batch::text, 'NULL')), 'It has 1 row or more.');
  ELSIF NOT pg_catalog.pg_has_role(known.owner_role, 'USAGE') THEN
    PERFORM switchyard.refuse('42501', pg_catalog.format('the queue "%s" belongs to %I', queue, known.owner_role), 'Call it as that role.');
  END IF;
  enqueued := 0;
  LOOP
    EXECUTE pg_catalog.format('SELECT last_id, added FROM switchyard_jobs.%I($1, $2, $3)', queue || '_existing')
       INTO after_id, added USING after_id, coalesce(condition || E'\n', 'true'), batch;
    EXIT WHEN after_id IS NULL;
    enqueued := enqueued + added;
    COMMIT;
  END LOOP;
END
$$;
COMMENT ON PROCEDURE switchyard.enqueue_existing IS 'Makes jobs of rows that were there before add_queue; commits for each batch';
