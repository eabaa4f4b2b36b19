import { readJob } from '../operations/job-detail.ts';
import { type EventRow, eventOf, readEvents } from '../operations/job-history.ts';
import type { JobEvent, JobSummary } from '../operations/views.ts';
import type { Pool } from '../platform/database.ts';
import { sleep } from '../platform/shutdown.ts';
import { eventsOfQueue, newestEvent } from '../sql/queue-events.ts';
import { ExitCode } from './exit-code.ts';
import { eventLine } from './job-text.ts';
import type { NamedJob } from './named.ts';
import { visible } from './visible.ts';

interface Follow {
  pool: Pool;
  signal: AbortSignal;
  json: boolean;
}

const everyMs = 500;
const atOnce = 1_000;
/** A transaction that began earlier may commit an event of a lower number later: so many are read again. */
const overlap = 1_000;

const ends: Partial<Record<JobSummary['status'], ExitCode>> = {
  complete: ExitCode.done,
  failed: ExitCode.jobFailed,
  canceled: ExitCode.jobCanceled,
};

/** Prints the events of a job from its first on. Answers with what its end says. */
export async function watchJob({ pool, signal, json }: Follow, { queue, id }: NamedJob): Promise<ExitCode> {
  let after: string | undefined;
  for (;;) {
    const { status } = await readJob(pool, queue.name, id);
    const events = await readEvents(pool, queue.name, id, { after, limit: atOnce });
    for (const event of events) print(event, json, false);
    after = events.at(-1)?.id ?? after;
    const code = ends[status];
    if (code !== undefined && events.length < atOnce) return code;
    await sleep(everyMs, signal);
  }
}

/** Prints the events of a queue from now on, until the process ends. */
export async function watchQueue({ pool, signal, json }: Follow, queue: string): Promise<ExitCode> {
  const { rows } = await pool.query<{ id: string }>(newestEvent);
  const from = BigInt(rows[0]?.id ?? 0);
  let seenUpTo = from;
  let seen = new Set<string>();
  while (!signal.aborted) {
    const after = seenUpTo - BigInt(overlap) > from ? seenUpTo - BigInt(overlap) : from;
    const found = await pool.query<EventRow>(eventsOfQueue, [queue, String(after), overlap + atOnce]);
    const events = found.rows.filter((row) => !seen.has(row.id)).map(eventOf);
    for (const event of events) print(event, json, true);
    seen = new Set(found.rows.map((row) => row.id));
    seenUpTo = BigInt(found.rows.at(-1)?.id ?? seenUpTo);
    if (events.length < atOnce) await sleep(everyMs, signal);
  }
  return ExitCode.done;
}

function print(event: JobEvent, json: boolean, withJob: boolean): void {
  const line = json
    ? JSON.stringify(event)
    : [...(withJob ? [visible(event.jobId)] : []), ...eventLine(event)].filter(Boolean).join('  ');
  process.stdout.write(`${line}\n`);
}
