import type { Pool } from '../platform/database.ts';
import { quoteLiteral } from '../platform/database.ts';
import { isoOrNull } from '../platform/database-types.ts';
import { type FailureRow, failuresByCause } from '../sql/overview.ts';
import { jobTable } from './job-table.ts';
import { readPatiently } from './patience.ts';
import { requireQueue } from './registered-queue.ts';
import type { FailureGroup } from './views.ts';

/** How many failed jobs are looked at, those that failed last, and how many groups are told. */
const most = { jobs: 10_000, groups: 100 };

/**
 * The failed jobs of a queue by what failed them: the code, and the message without ids, times and numbers. `more`: older ones were not
 * looked at.
 * @throws {Refusal} NO_SUCH_QUEUE
 */
export async function readFailures(
  pool: Pool,
  queueName: string,
): Promise<{ groups: FailureGroup[]; lookedAt: number; more: boolean }> {
  const queue = await requireQueue(pool, queueName);
  const jobs = jobTable(queue);
  if (!jobs.has('failedAt')) return { groups: [], lookedAt: 0, more: false };
  const failedAt = jobs.column('failedAt', 'timestamptz');
  const statement = failuresByCause({
    table: jobs.table,
    id: jobs.column('id', 'text'),
    code: jobs.column('errorCode', 'text'),
    message: jobs.column('errorMessage', 'text'),
    failedAt,
    isFailed: `${jobs.column('status', 'text')} = ${quoteLiteral(jobs.states.failed)} AND ${failedAt} IS NOT NULL`,
  });
  const { rows } = await readPatiently(pool, queue.name, (tx) =>
    tx.query<FailureRow>(statement, [most.jobs, most.groups]),
  );
  const lookedAt = rows[0]?.looked ?? 0;
  const groups = rows.map((row) => ({
    queue: queue.name,
    code: row.code,
    pattern: row.pattern,
    jobs: row.jobs,
    firstAt: isoOrNull(row.first_at),
    lastAt: isoOrNull(row.last_at),
    sample: { id: row.sample_id, message: row.sample_message },
  }));
  return { groups, lookedAt, more: lookedAt >= most.jobs };
}
