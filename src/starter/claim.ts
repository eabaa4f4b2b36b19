import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { JobStatements } from '../queues/statements.ts';
import type { ClaimBound } from './claim-bound.ts';

/** A waiting row that this starter holds locked. */
export interface ClaimedJob {
  id: string;
  /** The run that owned the job last, when it ran before. */
  run_id: string | null;
  priority: number;
  label: string | null;
  request_id: string | null;
}

/** What became of the start of one job's workflow. */
export type StartAnswer =
  | { kind: 'started'; runId: string }
  /** An older run of this job is still closing; the row waits for the next pass. */
  | { kind: 'closing' }
  | { kind: 'refused'; error: unknown };

export interface Claim {
  started: { id: string; attempt: number; requestId: string | null }[];
  /** Left as they were: Temporal refused them, or an old run is still closing. */
  left: { id: string; error?: unknown }[];
  /** Whether the limit in flight kept rows back. */
  full: boolean;
}

/**
 * One claim: lock rows, start their workflows side by side, mark those that started, commit. The row lock is the
 * lease: whatever breaks before the COMMIT, Postgres lets the rows go, and the next claim meets the same workflow ids.
 */
export function claimJobs(options: {
  pool: Pool;
  queue: QueueDefinition;
  statements: JobStatements;
  startedBy: string;
  passOver: readonly string[];
  bound: ClaimBound;
  start: (job: ClaimedJob) => Promise<StartAnswer>;
}): Promise<Claim> {
  const { queue, statements } = options;
  return inTransaction(options.pool, async (tx) => {
    const room = await roomInFlight(tx, queue, statements);
    if (room === 0) return { started: [], left: [], full: true };
    const jobs = await lockWaiting(tx, options, Math.min(queue.batch, room));
    if (jobs.length === 0) return { started: [], left: [], full: false };

    const answers = await Promise.all(
      jobs.map(async (job) => ({ job, answer: await options.start(job).catch(refused) })),
    );
    const runs = answers.flatMap(({ job, answer }) =>
      answer.kind === 'started' ? [{ job, runId: answer.runId }] : [],
    );
    const attempts = await markStarted(tx, options, runs);
    return {
      started: runs.map(({ job }) => ({
        id: job.id,
        attempt: attempts.get(job.id) ?? 0,
        requestId: job.request_id,
      })),
      left: answers.flatMap(({ job, answer }) => {
        if (answer.kind === 'started') return [];
        return [answer.kind === 'refused' ? { id: job.id, error: answer.error } : { id: job.id }];
      }),
      full: room <= jobs.length,
    };
  });
}

const refused = (error: unknown): StartAnswer => ({ kind: 'refused', error });

/** How many more jobs may be in flight. With a limit, starters count one after the other, by the database. */
async function roomInFlight(
  tx: PoolClient,
  queue: QueueDefinition,
  statements: JobStatements,
): Promise<number> {
  if (queue.maxInFlight === null) return queue.batch;
  await tx.query(statements.lockQueue, [queue.name]);
  const { rows } = await tx.query<{ jobs: number }>(statements.countInFlight, [queue.maxInFlight]);
  return Math.max(0, queue.maxInFlight - (rows[0]?.jobs ?? 0));
}

/** Locks the rows that go next. */
async function lockWaiting(
  tx: PoolClient,
  options: { statements: JobStatements; passOver: readonly string[]; bound: ClaimBound },
  limit: number,
): Promise<ClaimedJob[]> {
  const { statements, passOver, bound } = options;
  const from = bound.begin();
  if (from !== undefined && statements.claimFrom !== undefined) {
    const { rows } = await tx.query<ClaimedJob>(statements.claimFrom, [limit, passOver, from]);
    if (rows.length === limit) {
      bound.moved(rows.at(-1)?.id);
      return rows;
    }
  }
  const began = performance.now();
  const { rows } = await tx.query<ClaimedJob>(statements.claim, [limit, passOver]);
  bound.looked(rows.at(-1)?.id, performance.now() - began);
  return rows;
}

async function markStarted(
  tx: PoolClient,
  options: { queue: QueueDefinition; statements: JobStatements; startedBy: string },
  runs: readonly { job: ClaimedJob; runId: string }[],
): Promise<Map<string, number>> {
  if (runs.length === 0) return new Map();
  const { rows } = await tx.query<{ id: string; attempt: number }>(options.statements.markStarted, [
    runs.map(({ job }) => job.id),
    runs.map(({ runId }) => runId),
    options.startedBy,
    options.queue.deadlineMs,
  ]);
  return new Map(rows.map((row) => [row.id, row.attempt]));
}
