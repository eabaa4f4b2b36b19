import { setTimeout } from 'node:timers/promises';
import type { WatchedQueue } from '../client/define-queue.ts';
import type { JobId } from '../client/field-texts.ts';
import { getJob, type Job } from '../client/job.ts';
import { type Pool, quoteColumn, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { preparePasses, type QueueOptions } from './claim-once.ts';
import { isWatched, queueOf, type TestedQueue } from './queue-of.ts';
import { openWatch } from './watch.ts';

/** A row of a job table: its columns by their names. */
export type Row = Record<string, unknown>;

const pauseMs = 20;

/** Which job is waited for. */
export interface UntilEndedOptions<Queue extends TestedQueue> extends QueueOptions<Queue> {
  id: JobId;
  /** How long to wait, in milliseconds; left out: 30 seconds. */
  timeoutMs?: number;
}

/**
 * Makes passes of the starter (see {@link claimOnce}) until the job is no longer waiting or in flight: it has ended, is parked, or
 * stands in a state of the table's own. Of a watched job it follows the workflow, as a starter does. A worker must run meanwhile for a
 * job that has work to do. It watches the row and moves no clock: with a time-skipping server, await the workflow's result first, which
 * skips the time.
 * @returns the job of a watched queue, as `getJob` does; the row of another
 * @throws {Error} when the time is over, with the job, its status and its last event; at once when there is no such row
 * @throws what {@link claimOnce} throws
 */
export async function untilEnded<Result, Stored>(
  options: UntilEndedOptions<WatchedQueue<unknown, Result, Stored>>,
): Promise<Job<Stored, Result>>;
export async function untilEnded(options: UntilEndedOptions<string>): Promise<Job>;
export async function untilEnded(options: UntilEndedOptions<QueueDefinition>): Promise<Row>;
export async function untilEnded(options: UntilEndedOptions<TestedQueue>): Promise<Row | Job> {
  const { pool, id } = options;
  const queue = await queueOf(pool, options.queue);
  const row = await untilRowEnded({ ...options, queue });
  return isWatched(options.queue) ? ((await getJob(pool, options.queue, id)) ?? row) : row;
}

async function untilRowEnded(options: UntilEndedOptions<QueueDefinition>): Promise<Row> {
  const { pool, queue, id, timeoutMs = 30_000 } = options;
  const makePass = await preparePasses(options);
  const watch = queue.watched && (await openWatch(options));
  const endBy = performance.now() + timeoutMs;
  try {
    for (;;) {
      const row = await readJob(pool, queue, id);
      const status = String(row[queue.columns.status]);
      if (![queue.states.waiting, queue.states.inFlight].includes(status)) {
        await watch?.mirror();
        return row;
      }
      if (performance.now() >= endBy) {
        const event = await lastEvent(pool, queue, id);
        throw new Error(
          `job ${id} of queue "${queue.name}" has not ended within ${timeoutMs} ms: it is ${status}; ${event}`,
        );
      }
      await makePass();
      await watch?.follow(String(id));
      await setTimeout(pauseMs);
    }
  } finally {
    await watch?.close();
  }
}

async function readJob(pool: Pool, queue: QueueDefinition, id: JobId): Promise<Row> {
  const { rows } = await pool.query<Row>(
    `SELECT * FROM ${quoteName(queue.table)} WHERE ${quoteColumn(queue.columns.id)} = $1`,
    [String(id)],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`queue "${queue.name}" has no job ${id} in ${queue.table}`);
  return row;
}

interface EventRow {
  from_status: string | null;
  to_status: string;
  code: string | null;
  detail: string | null;
  at: Date;
}

async function lastEvent(pool: Pool, { name }: QueueDefinition, id: JobId): Promise<string> {
  const { rows } = await pool.query<EventRow>(
    `SELECT from_status, to_status, code, detail, at FROM switchyard.job_events
      WHERE queue = $1 AND job_id = $2 ORDER BY id DESC LIMIT 1`,
    [name, String(id)],
  );
  const [event] = rows;
  if (event === undefined) return 'it has no events';
  const move = `${event.from_status ?? 'none'} → ${event.to_status}`;
  const why = [event.code, event.detail].filter((text) => text !== null).join(': ');
  return `its last event is ${move}${why && ` (${why})`} at ${event.at.toISOString()}`;
}
