/** The statements by which starters tell other processes what their code says of its queues. */

/** $1 queues, $2 their definitions. */
export const noteDefinitions = `
  INSERT INTO switchyard.queue_definitions AS noted (queue, definition)
  SELECT * FROM unnest($1::text[], $2::jsonb[])
  ON CONFLICT (queue) DO UPDATE
     SET definition = excluded.definition, noted_by = excluded.noted_by, noted_at = excluded.noted_at
   WHERE noted.definition <> excluded.definition`;

/** $1 a queue; NULL: all. */
export const notedDefinitions = `
  SELECT definition FROM switchyard.queue_definitions WHERE $1::text IS NULL OR queue = $1 ORDER BY queue`;
