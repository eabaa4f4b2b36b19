import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { isUniqueViolation } from '../platform/database-errors.ts';
import type { ClaimStatements } from '../queues/claim-statements.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { JobStatements } from '../queues/statements.ts';
import { type Admission, admit, type InFlightSince } from './admission.ts';
import { ClaimBound } from './claim-bound.ts';
import { Turns } from './turns.ts';

/** A waiting row that this starter holds locked. */
export interface ClaimedJob {
  id: string;
  /** The run that owned the job last, when it ran before. */
  run_id: string | null;
  priority: number;
  label: string | null;
  request_id: string | null;
  /** Whose job it is, among whom Temporal shares out workers; `null`: nobody's. */
  share: string | null;
}

/** What became of the start of one job's workflow. */
export type StartAnswer =
  | { kind: 'started'; runId: string }
  /** An older run of this job is still closing; the row waits for the next pass. */
  | { kind: 'closing' }
  | { kind: 'refused'; error: unknown };

export interface Claim {
  started: { id: string; attempt: number; requestId: string | null }[];
  /** Left as they were: Temporal refused them, an old run is still closing, or an index keeps them out of flight. */
  left: { id: string; why: 'refused' | 'closing' | 'kept out'; error?: unknown }[];
  /** What kept rows back: the limit in flight, those of keys, the rate, a pause, or a queue that goes first. */
  heldBy: Admission['why'];
  /** When a rate that held rows back has room again, in milliseconds. */
  retryInMs: number | undefined;
}

/** What a starter keeps of a queue from claim to claim. All of it is a hint: another starter's claims do without. */
export class ClaimMemory {
  readonly bound = new ClaimBound();
  readonly turns = new Turns();
  readonly inFlightSince: InFlightSince = { time: '-infinity' };
}

interface ClaimOptions {
  pool: Pool;
  queue: QueueDefinition;
  statements: JobStatements & ClaimStatements;
  startedBy: string;
  passOver: readonly string[];
  memory: ClaimMemory;
  start: (job: ClaimedJob) => Promise<StartAnswer>;
}

/**
 * One claim: lock rows, start their workflows side by side, mark those that started, commit. The row lock is the
 * lease: whatever breaks before the COMMIT, Postgres lets the rows go, and the next claim meets the same workflow ids.
 */
export function claimJobs(options: ClaimOptions): Promise<Claim> {
  const { queue, statements, memory } = options;
  return inTransaction(options.pool, async (tx) => {
    const admission = await admit(tx, queue, statements, memory.inFlightSince);
    const jobs = admission.room === 0 ? [] : await lockNext(tx, options, admission);
    const held = {
      heldBy: jobs.length < admission.room ? await heldByKeys(tx, options, admission) : admission.why,
      retryInMs: admission.retryInMs,
    };
    if (jobs.length === 0) return { started: [], left: [], ...held };

    const answers = await Promise.all(
      jobs.map(async (job) => ({ job, answer: await options.start(job).catch(refused) })),
    );
    const runs = answers.flatMap(({ job, answer }) =>
      answer.kind === 'started' ? [{ job, runId: answer.runId }] : [],
    );
    const attempts = await markStarted(tx, options, runs);
    if (admission.tokens !== undefined)
      await tx.query(statements.keepTokens, [admission.tokens - runs.length]);
    return {
      started: runs.flatMap(({ job: { id, request_id: requestId } }) => {
        const attempt = attempts.get(id);
        return attempt === undefined ? [] : [{ id, attempt, requestId }];
      }),
      left: answers.flatMap(({ job: { id }, answer }): Claim['left'] => {
        if (answer.kind === 'refused') return [{ id, why: answer.kind, error: answer.error }];
        if (answer.kind === 'closing') return [{ id, why: answer.kind }];
        return attempts.has(id) ? [] : [{ id, why: 'kept out' }];
      }),
      ...held,
    };
  });
}

const refused = (error: unknown): StartAnswer => ({ kind: 'refused', error });

/** Whether rows wait all the same, for room of their keys. */
async function heldByKeys(
  tx: PoolClient,
  { statements }: ClaimOptions,
  { keys }: Admission,
): Promise<Admission['why']> {
  if (keys?.limited !== true) return undefined;
  const { rows } = await tx.query<{ waits: boolean }>(statements.anyWaiting);
  return rows[0]?.waits ? 'keys' : undefined;
}

/** Locks the rows that go next: by turns of their keys, or in the order of the queue. */
function lockNext(tx: PoolClient, options: ClaimOptions, admission: Admission): Promise<ClaimedJob[]> {
  const { statements, passOver, memory } = options;
  const { keys, room } = admission;
  const mustLookAtKeys =
    keys !== undefined && (keys.limited || keys.paused.length > 0 || !memory.turns.hasNone());
  if (!mustLookAtKeys) return lockWaiting(tx, options, room);
  return memory.turns.claim(tx, statements, {
    limit: room,
    keys,
    passOver,
    inFlightSince: memory.inFlightSince.time,
  });
}

/** Locks the rows that go next in the order of the queue. */
async function lockWaiting(tx: PoolClient, options: ClaimOptions, limit: number): Promise<ClaimedJob[]> {
  const { statements, passOver } = options;
  const { bound } = options.memory;
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

type MarkOptions = Pick<ClaimOptions, 'queue' | 'statements' | 'startedBy'>;
type Run = { job: ClaimedJob; runId: string };

/**
 * The attempts of the rows that are in flight now. Where a unique index may keep a row out that is there by hand, the others
 * are marked one by one; the run of one that is kept out waits, and takes its row over when it may.
 */
async function markStarted(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
): Promise<Map<string, number>> {
  if (options.queue.key?.maxInFlight !== 1) return mark(tx, options, runs);
  const together = await markIfAllowed(tx, options, runs);
  if (together !== undefined) return together;
  const marked = new Map<string, number>();
  for (const run of runs) {
    for (const [id, attempt] of (await markIfAllowed(tx, options, [run])) ?? []) marked.set(id, attempt);
  }
  return marked;
}

/** `undefined`, and nothing changed: an index refuses. */
async function markIfAllowed(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
): Promise<Map<string, number> | undefined> {
  await tx.query('SAVEPOINT marking');
  try {
    return await mark(tx, options, runs);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT marking');
    return undefined;
  }
}

async function mark(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
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
