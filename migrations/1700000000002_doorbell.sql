-- Up Migration
-- The doorbell: wakes a sleeping starter at once and costs a busy one nothing.
--
-- NOTIFY takes a lock across the whole database at COMMIT, so a writer calls it only while a starter has armed the
-- bell, and a starter arms it only when it found nothing to claim. See docs/architecture.md.

CREATE TABLE switchyard.doorbells (
  queue text    PRIMARY KEY,
  armed boolean NOT NULL DEFAULT false,
  requests boolean NOT NULL DEFAULT false
) WITH (fillfactor = 10);

COMMENT ON COLUMN switchyard.doorbells.armed IS 'A starter of this queue sleeps and wants a NOTIFY for a new row';
COMMENT ON COLUMN switchyard.doorbells.requests IS 'A starter of this queue listens for cancels, answers and delayed rows; with DOORBELL=off none does';

-- Argument: the name of the queue. The channel is the same for all queues, the payload is the queue.
CREATE FUNCTION switchyard.ring_doorbell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM switchyard.doorbells WHERE queue = TG_ARGV[0] AND armed) THEN
    PERFORM pg_notify('switchyard_doorbell', TG_ARGV[0]);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER jobs_ring_doorbell_on_insert AFTER INSERT ON public.jobs
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.ring_doorbell('invoices');

-- A job put back to `queued` by hand rings too; every other update costs only the evaluation of WHEN.
CREATE TRIGGER jobs_ring_doorbell_on_requeue AFTER UPDATE ON public.jobs
  FOR EACH ROW WHEN (NEW.status = 'queued' AND OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION switchyard.ring_doorbell('invoices');
