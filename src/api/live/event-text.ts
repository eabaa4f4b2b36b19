import type { JobEvent } from '../../operations/views.ts';
import { iso } from '../times.ts';
import type { EventFilter, LiveRow } from './event-queries.ts';
import type { EventBatch } from './event-reader.ts';
import type { Position } from './position.ts';

/** How events stand in a stream. https://html.spec.whatwg.org/multipage/server-sent-events.html */

export const positionText = (position: Position): string => `id: ${position}\n\n`;

/** Tells the client to load anew what it shows: events before this position were left out. */
export const resetText = (position: Position): string => `id: ${position}\nevent: reset\ndata: {}\n\n`;

const matches = (row: LiveRow, { queue, job }: EventFilter): boolean =>
  row.what === null
    ? (queue === undefined || row.queue === queue) && (job === undefined || row.job_id === job)
    : queue === undefined || row.queue === null || row.queue === queue;

const texts = new WeakMap<EventBatch, Map<string, string>>();

/** The events of a batch that the filter lets through, each with the position after it. Made once for all streams that have one filter. */
export function batchText(batch: EventBatch, filter: EventFilter): string {
  const ofBatch = texts.get(batch) ?? new Map<string, string>();
  texts.set(batch, ofBatch);
  const key = JSON.stringify([filter.queue, filter.job]);
  const text = ofBatch.get(key) ?? makeText(batch, filter);
  ofBatch.set(key, text);
  return text;
}

function makeText({ from, to, rows }: EventBatch, filter: EventFilter): string {
  return rows
    .filter((row) => matches(row, filter))
    .map((row) => `id: ${from.towards(to, Number(row.id))}\n${contentText(row)}\n\n`)
    .join('');
}

const contentText = (row: LiveRow): string =>
  row.what === null
    ? `event: job\ndata: ${JSON.stringify(jobEventOf(row))}`
    : `event: queue\ndata: ${JSON.stringify({ queue: row.queue, at: iso(row.at), what: row.what, actor: row.actor })}`;

const jobEventOf = (row: LiveRow): JobEvent => ({
  id: row.id,
  at: iso(row.at),
  queue: row.queue ?? '',
  jobId: row.job_id ?? '',
  attempt: row.attempt ?? 0,
  from: row.from_status,
  to: row.to_status ?? '',
  runId: row.run_id,
  actor: row.actor,
  code: row.code,
  detail: row.detail,
});
