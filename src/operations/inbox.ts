import { type Pool, quoteLiteral } from '../platform/database.ts';
import { type DatabaseTime, isoOrNull } from '../platform/database-types.ts';
import { parkedJobs } from '../sql/overview.ts';
import { type SummaryRow, summaryColumns } from './job-summary.ts';
import { jobTable } from './job-table.ts';
import { readPatiently } from './patience.ts';
import { listRegisteredQueues, type RegisteredQueue } from './registered-queue.ts';
import type { InboxItem } from './views.ts';

const mostOfQueue = 200;

interface ParkedRow extends SummaryRow {
  question: unknown;
  answer_by: DatabaseTime | null;
  asked_at: DatabaseTime | null;
}

/** What the parked jobs of all queues ask, the first 200 of each, by the time until which an answer is taken. */
export async function readInbox(pool: Pool): Promise<InboxItem[]> {
  const queues = await listRegisteredQueues(pool);
  const items = await Promise.all(queues.map((queue) => questionsOf(pool, queue)));
  const end = ({ answerBy }: InboxItem) => answerBy ?? '~';
  return items.flat().sort((a, b) => (end(a) < end(b) ? -1 : 1));
}

async function questionsOf(pool: Pool, queue: RegisteredQueue): Promise<InboxItem[]> {
  const jobs = jobTable(queue);
  const { parked } = jobs.states;
  if (parked === '' || !jobs.has('question')) return [];
  const statement = parkedJobs(jobs.table, {
    columns: summaryColumns(jobs),
    id: jobs.column('id', 'text'),
    question: jobs.column('question', 'jsonb'),
    answerBy: jobs.column('answerBy', 'timestamptz'),
    startedAt: jobs.column('startedAt', 'timestamptz'),
    isParked: `${jobs.column('status', 'text')} = ${quoteLiteral(parked)}`,
  });
  const { rows } = await readPatiently(pool, queue.name, (tx) =>
    tx.query<ParkedRow>(statement, [queue.name, mostOfQueue]),
  );
  return rows.map((row) => {
    const question = (row.question ?? {}) as Record<string, unknown>;
    return {
      queue: queue.name,
      id: row.id,
      label: row.label,
      key: row.key,
      step: String(question['step'] ?? ''),
      message: String(question['message'] ?? ''),
      schema: question['schema'] ?? null,
      askedAt: isoOrNull(row.asked_at),
      answerBy: isoOrNull(row.answer_by),
    };
  });
}
