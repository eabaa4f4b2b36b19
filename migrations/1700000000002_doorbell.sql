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
