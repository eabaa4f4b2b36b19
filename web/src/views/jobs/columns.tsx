import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import { createStore } from '../../api/store.ts';
import type { JobSummary } from '../../api/types.ts';
import { State } from '../../components/state.tsx';
import { Duration, Time } from '../../components/time.tsx';

export interface Column {
  name: string;
  label: string;
  /** Of a grid's column. */
  width: string;
  cell: (job: JobSummary) => ReactNode;
}

export const jobPath = ({ queue, id }: { queue: string; id: string }) => apiPath`/queues/${queue}/jobs/${id}`;

const JobLink = ({ job }: { job: JobSummary }) => (
  <Link href={jobPath(job)} className="cut job-link" title={job.id}>
    {job.label ?? job.id}
  </Link>
);

export const columns: readonly Column[] = [
  { name: 'job', label: 'Job', width: 'minmax(140px, 2fr)', cell: (job) => <JobLink job={job} /> },
  {
    name: 'state',
    label: 'State',
    width: '138px',
    cell: (job) => <State status={job.status} word={job.word} />,
  },
  {
    name: 'id',
    label: 'Id',
    width: 'minmax(90px, 1fr)',
    cell: ({ id }) => <span className="mono cut muted">{id}</span>,
  },
  { name: 'key', label: 'Key', width: 'minmax(70px, 1fr)', cell: ({ key }) => key ?? '' },
  {
    name: 'error',
    label: 'Error',
    width: 'minmax(120px, 2fr)',
    cell: ({ error }) =>
      error && (
        <span title={error.message ?? undefined}>
          {error.code && <code>{error.code}</code>} <span className="muted">{error.message}</span>
        </span>
      ),
  },
  { name: 'attempt', label: 'Try', width: '44px', cell: ({ attempt }) => attempt },
  { name: 'priority', label: 'Priority', width: '62px', cell: ({ priority }) => priority },
  { name: 'created', label: 'Inserted', width: '100px', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: 'runAt', label: 'Not before', width: '100px', cell: ({ runAt }) => runAt && <Time at={runAt} /> },
  {
    name: 'started',
    label: 'Started',
    width: '100px',
    cell: ({ startedAt }) => startedAt && <Time at={startedAt} />,
  },
  { name: 'ended', label: 'Ended', width: '100px', cell: ({ endedAt }) => endedAt && <Time at={endedAt} /> },
  {
    name: 'took',
    label: 'Took',
    width: '86px',
    cell: ({ startedAt, endedAt }) => startedAt && <Duration from={startedAt} to={endedAt} />,
  },
];

const name = 'switchyard.columns';
const usual = ['job', 'state', 'key', 'error', 'attempt', 'created', 'took'];

function stored(): string[] {
  const names = (localStorage.getItem(name) ?? '').split(',');
  const known = columns.map((column) => column.name).filter((column) => names.includes(column));
  return known.includes('job') ? known : usual;
}

export const chosenColumns = createStore<readonly string[]>(stored());

export function chooseColumns(names: readonly string[]): void {
  localStorage.setItem(name, names.join(','));
  chosenColumns.set(names);
}
