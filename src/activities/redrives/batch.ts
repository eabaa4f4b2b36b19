import type { PoolClient } from '../../platform/database.ts';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { JobRun } from '../../queues/job.ts';
import type { QueueRegistry } from '../../registry/queue-registry.ts';
import { type RedrivenState, redrivenStates, redriveStatements } from '../../sql/redrives.ts';
import type { JobRow } from '../rows/ownership.ts';
import { reasonsOfRefused, requeueEach } from './requeue.ts';
import type { RedriveTarget } from './target.ts';

/** What a step of a redrive came to. `wait`: the next may come after so many milliseconds. */
export type RedriveStep =
  | { kind: 'batch'; requeued: number; skipped: number; refused: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'done' }
  | { kind: 'lost' };

/** How soon a redrive that is held up looks again: so soon it notices that it may go on. */
const lookAgainMs = 1_000;
/** How many ended rows one step looks at, so that none takes long, however few of them match. */
const rowsPerStep = 10_000;
const rowsToCount = 1_000_000;
const walk: readonly RedrivenState[] = redrivenStates;

interface Redrive {
  id: string;
  action: 'retry' | 'cancel';
  reason: string;
  states: string[];
  per_second: number;
  most_waiting: number;
  paused: boolean;
  canceling: boolean;
  at_state: RedrivenState | null;
  wait_ms: number;
}

/**
 * The queue whose jobs a redrive's row names.
 * @throws {JobError} for a queue that neither this worker knows nor the registry, and for keys of one that has none
 */
export async function redriveTarget(queues: QueueRegistry, row: JobRow): Promise<RedriveTarget> {
  const queue = await queues.find(String(row['queue']));
  if (queue === undefined) {
    throw impossible(
      `there is no queue "${row['queue']}"; known are ${(await queues.all()).map(({ name }) => name).join(', ')}`,
    );
  }
  if (row['keys'] !== null && queue.key === undefined) {
    throw impossible(`the queue "${queue.name}" has no keys: leave "keys" of the redrive NULL`);
  }
  return { queue, statements: redriveStatements(queue) };
}

const impossible = (message: string) => new JobError(ErrorCode.UNKNOWN, message, { retryable: false });

/**
 * One step of a redrive, in the caller's transaction: sets the next jobs back to `queued`, notes each, and moves the
 * redrive's place behind them. The row is locked and must name this run, so two tries at once share one rate and one place,
 * and a crash leaves a step done or not begun.
 */
export async function redriveStep(tx: PoolClient, target: RedriveTarget, run: JobRun): Promise<RedriveStep> {
  const { rows } = await tx.query<Redrive>(own, [run.jobId, run.runIds[0]]);
  const redrive = rows[0];
  if (redrive === undefined) return { kind: 'lost' };
  const state = redrive.at_state ?? (await begin(tx, target, redrive));
  if (redrive.paused || redrive.canceling) return hold(tx, redrive, 'it is paused');
  if (redrive.wait_ms > 0) return { kind: 'wait', ms: Math.min(redrive.wait_ms, lookAgainMs) };
  const { why, room } = await roomIn(tx, target, redrive);
  return why === undefined ? batch(tx, target, redrive, state, room) : hold(tx, redrive, why);
}

/** Counts what it will take, once. */
async function begin(
  tx: PoolClient,
  { statements }: RedriveTarget,
  redrive: Redrive,
): Promise<RedrivenState> {
  const state = walk.find((name) => redrive.states.includes(name)) ?? 'failed';
  const { rows } = await tx.query<{ count: number; more: boolean }>(statements.count, [
    redrive.id,
    rowsToCount,
    rowsToCount,
  ]);
  const total = rows[0] === undefined || rows[0].more ? null : rows[0].count;
  await tx.query('UPDATE switchyard.redrives SET total = $2, at_state = $3 WHERE id = $1', [
    redrive.id,
    total,
    state,
  ]);
  return state;
}

/** How many more jobs the queue should get now, or why none. */
async function roomIn(
  tx: PoolClient,
  { statements }: RedriveTarget,
  redrive: Redrive,
): Promise<{ room: number; why?: string }> {
  // What is canceled waits for nothing.
  if (redrive.action === 'cancel') return { room: redrive.per_second };
  const { rows } = await tx.query<{ pause: string | null; waiting: number }>(statements.target, [
    redrive.most_waiting,
  ]);
  const { pause, waiting } = rows[0] ?? { pause: null, waiting: 0 };
  if (pause !== null) return { room: 0, why: `its queue is paused: ${pause}` };
  const room = Math.min(redrive.per_second, redrive.most_waiting - waiting);
  return room > 0 ? { room } : { room: 0, why: `${redrive.most_waiting} jobs or more wait in its queue` };
}

async function hold(tx: PoolClient, { id }: Redrive, why: string): Promise<RedriveStep> {
  await tx.query(
    'UPDATE switchyard.redrives SET waits_for = $2 WHERE id = $1 AND waits_for IS DISTINCT FROM $2',
    [id, why],
  );
  return { kind: 'wait', ms: lookAgainMs };
}

async function batch(
  tx: PoolClient,
  target: RedriveTarget,
  redrive: Redrive,
  state: RedrivenState,
  room: number,
): Promise<RedriveStep> {
  const { queue, statements } = target;
  const { rows } = await tx.query<Page>(statements.next(state), [redrive.id, rowsPerStep, room]);
  const page = rows[0] ?? { ids: [], attempts: [], at_time: null, at_id: null, exhausted: true };
  const code = redrive.action === 'cancel' ? 'CANCEL_REQUESTED' : 'REDRIVEN';
  await tx.query(asRedrive, [`redrive ${redrive.id}`, redrive.reason, code]);
  const jobs = page.ids.map((id, i) => ({ id, attempt: page.attempts[i] ?? 0 }));
  const { taken, refused } = await requeueEach(tx, jobs, async (ids) => {
    const move = state === 'failed' || state === 'canceled' ? statements.requeue(state) : statements.cancel;
    const { rows: locked } = await tx.query<{ id: string; moved: boolean }>(move, [redrive.id, ids]);
    return locked;
  });
  const reasons = await reasonsOfRefused(tx, target, refused);
  const done = redrive.action === 'cancel' ? 'canceled' : 'requeued';
  const outcomeOf = (id: string) => (reasons.has(id) ? 'refused' : taken.has(id) ? done : 'skipped');
  await tx.query(note, [
    redrive.id,
    queue.name,
    page.ids,
    page.attempts,
    page.ids.map(outcomeOf),
    page.ids.map((id) => reasons.get(id) ?? null),
  ]);
  const following = walk.slice(walk.indexOf(state) + 1).find((name) => redrive.states.includes(name));
  if (page.exhausted && following !== undefined) await tx.query(turnTo, [redrive.id, following]);
  else if (page.at_id !== null) await tx.query(moveTo, [redrive.id, page.at_time, page.at_id]);
  const skipped = page.ids.length - taken.size - refused.length;
  if (page.exhausted && following === undefined && page.ids.length === 0) return { kind: 'done' };
  return { kind: 'batch', requeued: taken.size, skipped, refused: refused.length };
}

interface Page {
  ids: string[];
  attempts: number[];
  /** As text: with the microseconds that a `Date` does not have. */
  at_time: string | null;
  at_id: string | null;
  exhausted: boolean;
}

/** $1 the redrive, $2 the runs that may write. */
const own = `
  SELECT id::text AS id, action, reason, states, per_second, coalesce(most_waiting, 10 * per_second) AS most_waiting, paused, at_state,
         cancel_requested_at IS NOT NULL AS canceling,
         greatest(0, extract(epoch FROM next_at - clock_timestamp()) * 1000)::double precision AS wait_ms
    FROM switchyard.redrives
   WHERE id = $1 AND run_id = $2 AND status = 'processing'
     FOR UPDATE`;

/** $1 who, $2 why, $3 the code: for the events of the jobs that this transaction moves. */
const asRedrive = `
  SELECT set_config('switchyard.actor', $1, true), set_config('switchyard.code', $3, true),
         set_config('switchyard.detail', $2, true)`;

/** $1 the redrive, $2 its queue, $3 ids, $4 their attempts, $5 outcomes, $6 reasons. No batch before the time that these jobs are due. */
const note = `
  WITH noted AS (
    INSERT INTO switchyard.redrive_jobs (redrive_id, queue, job_id, attempt, outcome, reason, at)
    SELECT $1, $2, job.id, job.attempt, job.outcome, job.reason, now()
      FROM unnest($3::text[], $4::integer[], $5::text[], $6::text[]) AS job (id, attempt, outcome, reason)
    RETURNING outcome
  ), counts AS (
    SELECT count(*) FILTER (WHERE outcome = 'requeued') AS requeued, count(*) FILTER (WHERE outcome = 'skipped') AS skipped,
           count(*) FILTER (WHERE outcome = 'refused') AS refused, count(*) FILTER (WHERE outcome = 'canceled') AS canceled
      FROM noted
  )
  UPDATE switchyard.redrives AS redrive
     SET requeued = redrive.requeued + counts.requeued, skipped = redrive.skipped + counts.skipped,
         refused = redrive.refused + counts.refused, canceled = redrive.canceled + counts.canceled, waits_for = NULL,
         next_at = clock_timestamp() + (counts.requeued + counts.refused + counts.canceled)::double precision / per_second * interval '1 second'
    FROM counts
   WHERE redrive.id = $1`;

const turnTo = `
  UPDATE switchyard.redrives SET at_state = $2, at_time = NULL, at_id = NULL WHERE id = $1`;

const moveTo = `
  UPDATE switchyard.redrives SET at_time = $2, at_id = $3 WHERE id = $1`;
