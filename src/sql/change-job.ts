/** The statements that change one job; the functions say what they refuse. Each takes the name of the queue as $1. */

/** $2 the input, $3 not before, $4 the key, $5 the priority, $6 the id. */
export const enqueue = `
  SELECT switchyard.enqueue($1, $2::jsonb, $3::timestamptz, $4, $5::integer, $6::uuid)::text AS id`;

/** $2 the id. */
export const cancel = 'SELECT switchyard.cancel_job($1, $2)';

/** $2 the id, $3 another input; NULL: its own. */
export const retry = 'SELECT switchyard.retry_job($1, $2, $3::jsonb)';

/** $2 the id, $3 the priority. */
export const reprioritize = 'SELECT switchyard.reprioritize_job($1, $2, $3::integer)';

/** $2 the id, $3 the time; NULL: at once. */
export const reschedule = 'SELECT switchyard.reschedule_job($1, $2, $3::timestamptz)';

/** $2 the id, $3 the name, $4 the arguments. */
export const signal = 'SELECT switchyard.signal_job($1, $2, $3, $4::jsonb)';

/** $2 the id, $3 what was done, $4 more of it. For what no event of the job says. */
export const noteAction = 'SELECT switchyard.note_action($3, $1, $2, $4)';

/** $1 the id, $2 the answer; of a step that is not named it is the one that is asked for. */
export const answer = (
  table: string,
  c: { id: string; idType: string; question: string; answer: string },
) => `
  UPDATE ${table} AS job
     SET ${c.answer} = jsonb_build_object('step', job.${c.question} -> 'step') || $2::jsonb
   WHERE job.${c.id} = $1::text::${c.idType}
  RETURNING true`;

/** $1 the queue, $2 the key, $3 how many in flight. */
export const setKeyLimit = `
  INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ($1, $2, $3)
  ON CONFLICT (queue, key) DO UPDATE
     SET in_flight = excluded.in_flight, updated_by = switchyard.actor(), updated_at = clock_timestamp()`;

/** $1 the queue, $2 the key. */
export const removeKeyLimit = 'DELETE FROM switchyard.key_limits WHERE queue = $1 AND key = $2';
