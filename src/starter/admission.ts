import type { PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { ClaimedJob } from './claimed-job.ts';

/**
 * While the breaker of a system is open, as many jobs of a queue are under way as may try it in turn; one more for each
 * that failed, up to a bound, so that jobs which all fail by their own fault do not keep the others out.
 */
const probingJobs = { first: 3, more: 20 };

/** What a claim may take now. */
export interface Admission {
  /** How many jobs may start. */
  room: number;
  /** Why no more than that. */
  why?: 'full' | 'keys' | 'rate' | 'paused' | 'after';
  /** When a full rate has room again, in milliseconds. */
  retryInMs?: number;
  /** Keys take turns; `undefined`: first in, first out. */
  keys?: { maxInFlight: number | null; paused: string[]; limited: boolean };
  /** The starts that the rate allows; `undefined`: there is no rate. */
  tokens?: number;
}

/** What limits, pauses and rate say now, and how many jobs are in flight. */
export interface AdmissionRow {
  max_in_flight: number | null;
  max_per_key: number | null;
  fair: boolean | null;
  rate: number | null;
  tokens: number | null;
  limits_keys: boolean;
  pauses: { scope: 'queue' | 'key' | 'system'; key: string; automatic: boolean; probes: number }[] | null;
  in_flight: number;
  another_goes_first: boolean;
  in_flight_since: string;
  in_flight_before: string[] | null;
}

/** What the next count of jobs in flight begins with. */
export interface InFlightSince {
  /** Those that started later are counted. */
  time: string;
  /** The ids of those that started before, and are looked up; left out: there are none. */
  before?: readonly string[];
  /** When all were counted, whenever they started. */
  countedAtMs?: number;
}

/** Nothing was started after it: nothing is counted. */
const never = 'infinity';
const all: InFlightSince = { time: '-infinity' };
/** So often all jobs in flight are counted, also where no limit asks for it: turns of keys count as the last count did. */
const countEveryMs = 60_000;

/** What a claim may take, and what the look at that has taken already. */
export interface Look {
  admission: Admission;
  /** All rows that wait, locked, as they are few and may all start; `undefined`: more wait, something holds them, or it was not asked. */
  few: ClaimedJob[] | undefined;
}

/** Whether claims of the queue are made by one starter at a time, whatever its tables of limits say. */
export const isLimited = ({ maxInFlight, key }: QueueDefinition): boolean =>
  maxInFlight !== null || key?.maxInFlight !== undefined;

/**
 * Reads limits and pauses, and counts what is in flight. In a queue that {@link isLimited} the transaction has taken its lock before. In
 * one without a limit the lock is taken only when the table has one, and nothing is counted: a hundred thousand jobs may be in flight.
 * @param passOver which of the rows are not taken, where they are few; left out: none is taken
 */
export async function admit(
  tx: PoolClient,
  queue: QueueDefinition,
  statements: ClaimStatements,
  { since, passOver }: { since: InFlightSince; passOver?: readonly string[] },
): Promise<Look> {
  if (!isLimited(queue)) {
    const seen = isCountDue(since)
      ? await countInFlight(tx, statements, since, passOver)
      : await look(tx, statements, { time: never }, passOver);
    if (!needsCount(queue, seen.row)) return { admission: decide(queue, seen.row), few: seen.few };
    await tx.query(statements.lockQueue);
  }
  const { row, few } = await countInFlight(tx, statements, since, passOver);
  return { admission: decide(queue, row), few };
}

/**
 * What {@link admit} would read now, for whoever only looks: without the lock, so that no claim waits for it. Jobs in flight are counted
 * where something limits them; else it says 0.
 */
export async function lookAtAdmission(
  db: Pick<PoolClient, 'query'>,
  queue: QueueDefinition,
  statements: ClaimStatements,
): Promise<AdmissionRow> {
  const { row } = await look(db, statements, { time: never });
  const counts = queue.maxInFlight !== null || needsCount(queue, row);
  return counts ? (await look(db, statements, all)).row : row;
}

async function countInFlight(
  tx: PoolClient,
  statements: ClaimStatements,
  since: InFlightSince,
  passOver: readonly string[] | undefined,
): Promise<Seen> {
  const countsAll = isCountDue(since);
  const seen = await look(tx, statements, countsAll ? all : since, passOver);
  since.time = seen.row.in_flight_since;
  since.before = seen.row.in_flight_before ?? [];
  if (countsAll) since.countedAtMs = performance.now();
  return seen;
}

const needsCount = (queue: QueueDefinition, row: AdmissionRow): boolean =>
  row.max_in_flight !== null ||
  row.max_per_key !== null ||
  row.limits_keys ||
  row.rate !== null ||
  isProbing(queue, row);

const isCountDue = ({ countedAtMs = Number.NEGATIVE_INFINITY }: InFlightSince): boolean =>
  performance.now() - countedAtMs >= countEveryMs;

interface Seen {
  row: AdmissionRow;
  few: ClaimedJob[] | undefined;
}

type FewRow = AdmissionRow & { waiting: number } & (ClaimedJob | { id: null });

/** A statement of its own after the lock, so that its snapshot has what was committed before the lock was granted. */
async function look(
  tx: Pick<PoolClient, 'query'>,
  statements: ClaimStatements,
  { time, before = [] }: InFlightSince,
  passOver?: readonly string[],
): Promise<Seen> {
  const { rows } =
    passOver === undefined
      ? await tx.query<AdmissionRow>(statements.admission, [time, before])
      : await tx.query<FewRow>(statements.claimFew, [time, before, passOver]);
  const [row] = rows;
  if (row === undefined) throw new Error('the query for limits and pauses returned no row');
  return { row, few: fewOf(rows) };
}

function fewOf(rows: readonly (AdmissionRow | FewRow)[]): ClaimedJob[] | undefined {
  const jobs = rows.flatMap((row) => ('waiting' in row && row.id !== null ? [row] : []));
  const noneWaits = rows.some((row) => 'waiting' in row && row.waiting === 0);
  return jobs.length > 0 || noneWaits ? jobs : undefined;
}

/** What the limits and pauses come to. */
export function decide(queue: QueueDefinition, row: AdmissionRow): Admission {
  const pauses = row.pauses ?? [];
  const stopped = pauses.some((pause) => pause.scope !== 'key' && !pause.automatic);
  if (stopped) return { room: 0, why: 'paused' };
  if (row.another_goes_first) return { room: 0, why: 'after' };

  const failedProbes = pauses.filter((pause) => pause.automatic).map((pause) => pause.probes);
  const probing = isProbing(queue, row);
  const probers = probingJobs.first + Math.min(probingJobs.more, ...failedProbes);
  const inFlightRoom = (row.max_in_flight ?? queue.maxInFlight ?? Number.POSITIVE_INFINITY) - row.in_flight;
  const probingRoom = probing ? probers - row.in_flight : Number.POSITIVE_INFINITY;
  const tokens = row.rate === null ? undefined : (row.tokens ?? Math.max(1, row.rate));
  const room = Math.max(
    0,
    Math.min(queue.batch, inFlightRoom, probingRoom, Math.floor(tokens ?? queue.batch)),
  );

  const paused = pauses.flatMap((pause) => (pause.scope === 'key' ? [pause.key] : []));
  const perKey = row.max_per_key ?? queue.key?.maxInFlight ?? null;
  const byKey =
    queue.key !== undefined &&
    ((row.fair ?? queue.fair) || perKey !== null || row.limits_keys || paused.length > 0);
  return {
    room,
    ...(room < queue.batch && { why: reason(room, { inFlightRoom, probingRoom }) }),
    ...(tokens !== undefined && tokens < 1 && { retryInMs: ((1 - tokens) / (row.rate ?? 1)) * 1000 }),
    ...(byKey && {
      keys: { maxInFlight: perKey, paused, limited: perKey !== null || row.limits_keys },
    }),
    ...(tokens !== undefined && { tokens }),
  };
}

/** Whether the breaker of a system that its jobs need is open, and they may try it. */
const isProbing = ({ maxWaitMs }: QueueDefinition, { pauses }: AdmissionRow): boolean =>
  maxWaitMs > 0 && (pauses ?? []).some(({ automatic }) => automatic);

function reason(room: number, of: { inFlightRoom: number; probingRoom: number }): 'full' | 'rate' | 'paused' {
  if (of.probingRoom <= room) return 'paused';
  return of.inFlightRoom <= room ? 'full' : 'rate';
}
