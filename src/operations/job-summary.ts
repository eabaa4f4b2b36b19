import { quoteLiteral } from '../platform/database.ts';
import { type DatabaseTime, isoOrNull } from '../platform/database-types.ts';
import { attemptOf } from '../sql/names.ts';
import { endedAt } from './job-filter.ts';
import type { JobTable } from './job-table.ts';
import type { JobSummary } from './views.ts';

/** A job as `summaryColumns` reads it. */
export interface SummaryRow {
  id: string;
  word: string | null;
  status: JobSummary['status'];
  label: string | null;
  key: string | null;
  priority: number | null;
  attempt: number;
  created_at: DatabaseTime | null;
  run_at: DatabaseTime | null;
  started_at: DatabaseTime | null;
  ended_at: DatabaseTime | null;
  cancel_requested_at: DatabaseTime | null;
  error_code: string | null;
  error_message: string | null;
}

/** The longest text of a row that a list shows. */
const mostCharacters = 1_000;

/** What lists and details show of `AS job`, as SQL. */
export function summaryColumns(jobs: JobTable): string {
  const text = (name: string, column: string) => `left(${column}::text, ${mostCharacters}) AS ${name}`;
  const time = (name: string, column: string) => `${column}::timestamptz AS ${name}`;
  return [
    `${jobs.column('id', 'text')}::text AS id`,
    text('word', jobs.column('status', 'text')),
    `${stateOf(jobs)} AS status`,
    text('label', jobs.column('label', 'text')),
    text('key', jobs.column('key', 'text')),
    `coalesce(${jobs.column('priority', 'integer')}, 0)::double precision AS priority`,
    `${attemptOf(jobs.column('attempt', 'integer'))} AS attempt`,
    time('created_at', jobs.column('createdAt', 'timestamptz')),
    time('run_at', jobs.column('runAt', 'timestamptz')),
    time('started_at', jobs.column('startedAt', 'timestamptz')),
    time('ended_at', endedAt(jobs)),
    time('cancel_requested_at', jobs.column('cancelRequestedAt', 'timestamptz')),
    text('error_code', jobs.column('errorCode', 'text')),
    text('error_message', jobs.column('errorMessage', 'text')),
  ].join(',\n           ');
}

/** The state in the words of `switchyard.job_events`, as SQL. */
function stateOf(jobs: JobTable): string {
  const { waiting, inFlight, ...others } = jobs.states;
  const words = { queued: waiting, processing: inFlight, ...others };
  const cases = Object.entries(words)
    .filter(([, word]) => word !== '')
    .map(([state, word]) => `WHEN ${quoteLiteral(word)} THEN ${quoteLiteral(state)}`);
  return `CASE ${jobs.column('status', 'text')}::text ${cases.join(' ')} ELSE 'other' END`;
}

export function jobSummaryOf(queue: string, row: SummaryRow): JobSummary {
  const hasError = row.error_code !== null || row.error_message !== null;
  return {
    queue,
    id: row.id,
    status: row.status,
    word: row.word ?? '',
    label: row.label,
    key: row.key,
    priority: row.priority ?? 0,
    attempt: row.attempt,
    createdAt: isoOrNull(row.created_at),
    runAt: isoOrNull(row.run_at),
    startedAt: isoOrNull(row.started_at),
    endedAt: isoOrNull(row.ended_at),
    cancelRequestedAt: isoOrNull(row.cancel_requested_at),
    error: hasError ? { code: row.error_code, message: row.error_message } : null,
  };
}
