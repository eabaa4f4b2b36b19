import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { JobStatements } from '../sql/job.ts';
import { NotMarked } from '../sql/refusal-reasons.ts';
import type { StartWatchedStatements } from '../sql/start-watched.ts';
import { type Admission, admit, type InFlightSince } from './admission.ts';
import { ClaimBound } from './claim-bound.ts';
import type { ClaimedJob, LeftJob, StartAnswer, Unstartable } from './claimed-job.ts';
import { Turns } from './key-turns.ts';
import { type MarkAnswer, markStarted, probeMarks } from './mark.ts';
import { failUnstartable, withWatchedRows } from './watched-rows.ts';

export interface Claim {
  started: { id: string; attempt: number; requestId: string | null }[];
  left: LeftJob[];
  /** Failed instead of started: they never can be. */
  failed: ({ id: string; requestId: string | null } & Unstartable)[];
  /** Started, and ended by the table's own triggers as they were marked. Their workflows end without any work. */
  moved: string[];
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

type Outcomes = Pick<Claim, 'started' | 'left' | 'failed' | 'moved'>;

interface ClaimOptions {
  pool: Pool;
  queue: QueueDefinition;
  statements: JobStatements & ClaimStatements;
  /** Of a watched queue alone. */
  watched?: StartWatchedStatements;
  startedBy: string;
  passOver: readonly string[];
  /** How many rows beyond those that may start are read, so that refused rows do not take the places of others; left out: none. */
  extraRows?: number;
  /** Whether each row must be free to be marked before it gets a workflow, and not only those that were refused before. */
  probesAll?: boolean;
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
    if (jobs.length === 0) return { started: [], left: [], failed: [], moved: [], ...held };

    const rows = await withWatchedRows(tx, options.watched, jobs);
    const { answers, marks } = await startAndMark(tx, options, rows, admission.room);
    const runs = [...answers.values()].filter(({ kind }) => kind === 'started').length;
    if (admission.tokens !== undefined) await tx.query(statements.keepTokens, [admission.tokens - runs]);
    await failThose(tx, options, answers);
    return { ...outcomes(rows, answers, marks), ...held };
  });
}

/**
 * Starts the workflows side by side and marks the rows. A row that was refused before must be free to be marked before it gets
 * another workflow.
 */
async function startAndMark(
  tx: PoolClient,
  options: ClaimOptions,
  jobs: readonly ClaimedJob[],
  room: number,
) {
  const suspects = jobs.filter(({ refusals }) => options.probesAll || refusals > 0).map(({ id }) => id);
  const marks = await probeMarks(tx, options, suspects);
  const answers = new Map(
    await Promise.all(
      jobs
        .filter(({ id }) => !marks.has(id))
        .slice(0, room)
        .map(async (job) => [job.id, await options.start(job).catch(refused)] as const),
    ),
  );
  const runs = [...answers].flatMap(([id, answer]) =>
    answer.kind === 'started' ? [{ id, runId: answer.runId }] : [],
  );
  for (const [id, mark] of await markStarted(tx, options, runs)) marks.set(id, mark);
  return { answers, marks };
}

/** Ends the rows that can never be started. One that its table keeps as it was is refused. */
async function failThose(
  tx: PoolClient,
  { watched }: ClaimOptions,
  answers: Map<string, StartAnswer>,
): Promise<void> {
  const unstartable = new Map(
    [...answers].flatMap(([id, answer]) => (answer.kind === 'unstartable' ? [[id, answer] as const] : [])),
  );
  const { failed, error } = await failUnstartable(tx, watched, unstartable);
  for (const id of unstartable.keys())
    if (!failed.has(id)) answers.set(id, refused(error ?? new NotMarked()));
}

function outcomes(
  jobs: readonly ClaimedJob[],
  answers: ReadonlyMap<string, StartAnswer>,
  marks: ReadonlyMap<string, MarkAnswer>,
): Outcomes {
  const claim: Outcomes = { started: [], left: [], failed: [], moved: [] };
  for (const { id, attempt, refusals, request_id: requestId } of jobs) {
    const answer = answers.get(id);
    const mark = marks.get(id);
    const job = { id, attempt, refusals };
    if (answer?.kind === 'refused') claim.left.push({ ...job, why: 'not started', error: answer.error });
    else if (answer?.kind === 'unstartable')
      claim.failed.push({ id, requestId, code: answer.code, message: answer.message });
    else if (answer?.kind === 'closing') claim.left.push({ ...job, why: 'closing' });
    else if (mark?.kind === 'marked') claim.started.push({ id, attempt: mark.attempt, requestId });
    else if (mark?.kind === 'moved') claim.moved.push(id);
    else if (mark?.kind === 'refused') claim.left.push({ ...job, why: 'not marked', error: mark.error });
    else if (mark?.kind === 'kept out') claim.left.push({ ...job, why: 'kept out' });
  }
  return claim;
}

const refused = (error: unknown): StartAnswer => ({ kind: 'refused', error });

/** Whether rows wait all the same, for room of their keys. */
async function heldByKeys(
  tx: PoolClient,
  { statements, passOver }: ClaimOptions,
  { keys }: Admission,
): Promise<Admission['why']> {
  if (keys?.limited !== true) return undefined;
  const { rows } = await tx.query<{ waits: boolean }>(statements.anyWaiting, [passOver]);
  return rows[0]?.waits ? 'keys' : undefined;
}

/** Locks the rows that go next: by turns of their keys, or in the order of the queue. */
function lockNext(tx: PoolClient, options: ClaimOptions, admission: Admission): Promise<ClaimedJob[]> {
  const { statements, passOver, memory } = options;
  const { keys } = admission;
  const limit = admission.room + (options.extraRows ?? 0);
  const takesTurns =
    keys !== undefined && (keys.limited || keys.paused.length > 0 || !memory.turns.hasNone());
  if (!takesTurns) return lockWaiting(tx, options, limit);
  return memory.turns.claim(tx, statements, {
    limit,
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
  bound.scanned(rows.at(-1)?.id, performance.now() - began);
  return rows;
}
