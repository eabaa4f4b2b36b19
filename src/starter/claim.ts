import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { JobStatements } from '../sql/job.ts';
import { NotMarked } from '../sql/refusal-reasons.ts';
import type { StartWatchedStatements } from '../sql/start-watched.ts';
import { type Admission, admit, type InFlightSince, isLimited, type Look } from './admission.ts';
import { ClaimBound } from './claim-bound.ts';
import type { ClaimedJob, LeftJob, StartAnswer, Unstartable } from './claimed-job.ts';
import { Turns } from './key-turns.ts';
import { answerTo, type MarkAnswer, markAlone, markStarted, probeMarks } from './mark.ts';
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
  /** Whether it saw all rows that waited, but those that it passed over. */
  sawAll: boolean;
  /** Whether signals waited for jobs that it started, as it marked them. */
  signaled: boolean;
}

/** What a starter keeps of a queue from claim to claim. All of it is a hint: another starter's claims do without. */
export class ClaimMemory {
  readonly bound = new ClaimBound();
  readonly turns = new Turns();
  readonly inFlightSince: InFlightSince = { time: '-infinity' };
}

type Outcomes = Pick<Claim, 'started' | 'left' | 'failed' | 'moved' | 'signaled'>;
/** What a claim answers of itself, whatever becomes of its rows. */
type Held = Pick<Claim, 'heldBy' | 'retryInMs' | 'sawAll'>;

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

/** What becomes of a claim whose transaction was undone by what refused its only row. */
interface Undone {
  by?: (refusal: MarkAnswer) => Claim;
}

/**
 * One claim: lock rows, start their workflows side by side, mark those that started, commit. The row lock is the
 * lease: whatever breaks before the COMMIT, Postgres lets the rows go, and the next claim meets the same workflow ids.
 */
export async function claimJobs(options: ClaimOptions): Promise<Claim> {
  const { pool, queue, statements } = options;
  const undone: Undone = {};
  try {
    return await inTransaction(pool, (tx) => claimIn(tx, options, undone), {
      first: isLimited(queue) ? statements.lockQueue : undefined,
    });
  } catch (error) {
    const refusal = answerTo(error, queue);
    if (undone.by === undefined || refusal === undefined) throw error;
    return undone.by(refusal);
  }
}

async function claimIn(tx: PoolClient, options: ClaimOptions, undone: Undone): Promise<Claim> {
  const { statements } = options;
  const { admission, few } = await lookFirst(tx, options);
  const jobs = admission.room === 0 ? [] : (few ?? (await lockNext(tx, options, admission)));
  const held: Held = {
    heldBy: jobs.length < admission.room ? await heldByKeys(tx, options, admission) : admission.why,
    retryInMs: admission.retryInMs,
    sawAll: few !== undefined,
  };
  if (jobs.length === 0) return { ...outcomes([], new Map(), new Map()), ...held };

  const rows = await withWatchedRows(tx, options.watched, jobs);
  const { suspects, marks } = await probeSuspects(tx, options, rows);
  const answers = await startThose(options, rows.filter(({ id }) => !marks.has(id)).slice(0, admission.room));
  const runs = [...answers].flatMap(([id, answer]) =>
    answer.kind === 'started' ? [{ id, runId: answer.runId }] : [],
  );
  const [only] = runs;
  const keepsNothingElse =
    suspects.length === 0 &&
    admission.tokens === undefined &&
    [...answers.values()].every(({ kind }) => kind !== 'unstartable');
  if (only !== undefined && runs.length === 1 && keepsNothingElse) {
    undone.by = (refusal) => ({ ...outcomes(rows, answers, new Map([[only.id, refusal]])), ...held });
    return { ...outcomes(rows, answers, new Map([[only.id, await markAlone(tx, options, only)]])), ...held };
  }
  for (const [id, mark] of await markStarted(tx, options, runs)) marks.set(id, mark);
  if (admission.tokens !== undefined) await tx.query(statements.keepTokens, [admission.tokens - runs.length]);
  await failThose(tx, options, answers);
  return { ...outcomes(rows, answers, marks), ...held };
}

/** What the claim may take, and the rows themselves where they are few. Keys that have limits take turns also then. */
async function lookFirst(tx: PoolClient, options: ClaimOptions): Promise<Look> {
  const { queue, statements, memory, passOver } = options;
  const since = memory.inFlightSince;
  if (queue.key?.maxInFlight !== undefined || !memory.bound.mayTakeFew())
    return admit(tx, queue, statements, { since });
  const began = performance.now();
  const look = await admit(tx, queue, statements, { since, passOver });
  memory.bound.lookedForFew(performance.now() - began);
  return look;
}

/** A row that was refused before must be free to be marked before it gets another workflow. Answers the marks of those that are not. */
async function probeSuspects(
  tx: PoolClient,
  options: ClaimOptions,
  jobs: readonly ClaimedJob[],
): Promise<{ suspects: string[]; marks: Map<string, MarkAnswer> }> {
  const suspects = jobs.filter(({ refusals }) => options.probesAll || refusals > 0).map(({ id }) => id);
  return { suspects, marks: await probeMarks(tx, options, suspects) };
}

/** Starts the workflows side by side. */
async function startThose(
  { start }: ClaimOptions,
  jobs: readonly ClaimedJob[],
): Promise<Map<string, StartAnswer>> {
  return new Map(
    await Promise.all(jobs.map(async (job) => [job.id, await start(job).catch(refused)] as const)),
  );
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
  const signaled = [...marks.values()].some((mark) => mark.kind === 'marked' && mark.signaled);
  const claim: Outcomes = { started: [], left: [], failed: [], moved: [], signaled };
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
    inFlightSince: memory.inFlightSince,
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
