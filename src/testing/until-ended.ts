import { setTimeout } from 'node:timers/promises';
import { type Pool, quoteColumn, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { preparePasses, type QueueOptions } from './claim-once.ts';

/** A row of a job table: its columns by their names. */
export type Row = Record<string, unknown>;

const pauseMs = 20;

/**
 * Makes passes of the starter (see {@link claimOnce}) until the job is no longer waiting or in flight: it has ended, is parked, or
 * stands in a state of the table's own. Answers its row. A worker must run meanwhile for a job that has work to do. It watches the
 * row and moves no clock: with a time-skipping server, await the workflow's result first, which skips the time.
 * @param options.id the job's id
 * @param options.timeoutMs how long to wait, in milliseconds; left out: 30 seconds
 * @throws {Error} when the time is over, with the job, its status and its last event; at once when there is no such row
 * @throws what {@link claimOnce} throws
 */
export async function untilEnded({
  id,
  timeoutMs = 30_000,
  ...options
}: QueueOptions & { id: string | number; timeoutMs?: number }): Promise<Row> {
  const { pool, queue } = options;
  const makePass = await preparePasses(options);
  const endBy = performance.now() + timeoutMs;
  for (;;) {
    const row = await readJob(pool, queue, id);
    const status = String(row[queue.columns.status]);
    if (![queue.states.waiting, queue.states.inFlight].includes(status)) return row;
    if (performance.now() >= endBy) {
      const event = await lastEvent(pool, queue, id);
      throw new Error(
        `job ${id} of queue "${queue.name}" has not ended within ${timeoutMs} ms: it is ${status}; ${event}`,
      );
    }
    await makePass();
    await setTimeout(pauseMs);
  }
}

async function readJob(pool: Pool, queue: QueueDefinition, id: string | number): Promise<Row> {
  const { rows } = await pool.query<Row>(
    `SELECT * FROM ${quoteName(queue.table)} WHERE ${quoteColumn(queue.columns.id)} = $1`,
    [id],
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

async function lastEvent(pool: Pool, { name }: QueueDefinition, id: string | number): Promise<string> {
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
