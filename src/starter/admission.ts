import type { PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';

/**
 * While the breaker of a system is open, as many jobs of a queue are under way as may try it in turn; one more for each
 * that tried in vain, up to a bound, so that jobs which all fail by their own fault do not keep the others out.
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
}

/** Where the count of jobs in flight begins: before the oldest that the last count saw; and when that was. */
export interface InFlightSince {
  time: string;
  countedAtMs?: number;
}

/** Nothing was started after it: nothing is counted. */
const never = 'infinity';
/** So often jobs in flight are counted where no limit asks for it: turns of keys count from where the last count began. */
const countEveryMs = 60_000;

/**
 * Reads limits and pauses, and counts what is in flight, as the queue's only one at the time. In a queue without a limit the lock is taken
 * only when the table has one, and nothing is counted: a hundred thousand jobs may be in flight.
 */
export async function admit(
  tx: PoolClient,
  queue: QueueDefinition,
  statements: ClaimStatements,
  since: InFlightSince,
): Promise<Admission> {
  if (queue.maxInFlight === null && queue.key?.maxInFlight === undefined) {
    const counts = performance.now() - (since.countedAtMs ?? Number.NEGATIVE_INFINITY) >= countEveryMs;
    const row = counts
      ? await countInFlight(tx, statements, since, false)
      : await readAdmission(tx, statements, never, false);
    if (!needsCount(queue, row)) return decide(queue, row);
  }
  return decide(queue, await countInFlight(tx, statements, since, true));
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
  const row = await readAdmission(db, statements, never, false);
  const counts = queue.maxInFlight !== null || needsCount(queue, row);
  return counts ? readAdmission(db, statements, '-infinity', false) : row;
}

async function countInFlight(
  tx: PoolClient,
  statements: ClaimStatements,
  since: InFlightSince,
  lock: boolean,
): Promise<AdmissionRow> {
  const row = await readAdmission(tx, statements, since.time, lock);
  since.time = row.in_flight_since;
  since.countedAtMs = performance.now();
  return row;
}

const needsCount = (queue: QueueDefinition, row: AdmissionRow): boolean =>
  row.max_in_flight !== null ||
  row.max_per_key !== null ||
  row.limits_keys ||
  row.rate !== null ||
  isProbing(queue, row);

/**
 * The lock and the query are sent together. Each is a statement with a snapshot of its own, so the query sees what was committed
 * before the lock was granted.
 */
async function readAdmission(
  tx: Pick<PoolClient, 'query'>,
  statements: ClaimStatements,
  inFlightSince: string,
  lock: boolean,
): Promise<AdmissionRow> {
  const text = statements.admission(inFlightSince);
  const answer: unknown = await tx.query(lock ? `${statements.lockQueue}; ${text}` : text);
  const results = (Array.isArray(answer) ? answer : [answer]) as { rows: AdmissionRow[] }[];
  const row = results.at(-1)?.rows[0];
  if (row === undefined) throw new Error('the query for limits and pauses returned no row');
  return row;
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
