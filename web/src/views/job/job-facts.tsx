import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import type { JobDetail } from '../../api/types.ts';
import { Panel } from '../../components/panel.tsx';
import { Time } from '../../components/time.tsx';

/** Ids, times and the other columns of the row. */
export function JobFacts({ job }: { job: JobDetail }) {
  const jobs = apiPath`/queues/${job.queue}/jobs`;
  const facts: [string, ReactNode][] = [
    ['Job', <code key="id">{job.id}</code>],
    ['Key', job.key && <Link href={`${jobs}?${new URLSearchParams({ key: job.key })}`}>{job.key}</Link>],
    ['Try', job.attempt],
    ['Priority', job.priority],
    ['Not before', job.runAt && <Time at={job.runAt} focusable />],
    ['Deadline', job.deadline && <Time at={job.deadline} focusable />],
    ['Workflow id', job.workflowId && <code>{job.workflowId}</code>],
    ['Run id', job.runId && <code>{job.runId}</code>],
    ['Task queue', job.taskQueue && <code>{job.taskQueue}</code>],
    ['Started by', job.startedBy],
    ['Request', job.requestId && <code>{job.requestId}</code>],
  ];
  const columns = Object.entries(job.columns ?? {}).filter(([, value]) => value !== null && value !== '');
  return (
    <Panel title="Row">
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value !== null &&
            value !== undefined &&
            value !== '' && <Fact key={name} name={name} value={value} />,
        )}
        {columns.map(([name, value]) => (
          <Fact key={`column ${name}`} name={<code>{name}</code>} value={columnText(value)} />
        ))}
      </dl>
    </Panel>
  );
}

const Fact = ({ name, value }: { name: ReactNode; value: ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
);

const columnText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
