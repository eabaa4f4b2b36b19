import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { jobQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { JobDetail } from '../../api/types.ts';
import { JsonView } from '../../components/json-view.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { sentence } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State, stateWord } from '../../components/state.tsx';
import { Duration, Time } from '../../components/time.tsx';
import type { JobPanel } from '../../pipelines/extension.ts';
import { extensions } from '../../pipelines/index.ts';
import { JobActions } from './job-actions.tsx';
import { JobFacts } from './job-facts.tsx';
import { LedgerPanel } from './ledger.tsx';
import { Question } from './question.tsx';
import { Signals } from './signals.tsx';
import { Timeline } from './timeline.tsx';
import { Waits } from './waits.tsx';

/** One job: how it stands and why, what happened, and what can be done. */
export function Job({ queue, id }: { queue: string; id: string }) {
  const query = useQuery(jobQuery(queue, id));
  return (
    <>
      {query.data === undefined && <PageHead title={id} above={<QueueLink queue={queue} />} />}
      <QueryView query={query}>{(job) => <JobView job={job} />}</QueryView>
    </>
  );
}

const QueueLink = ({ queue }: { queue: string }) => (
  <nav aria-label="Above this job">
    <Link href={apiPath`/queues/${queue}`}>{queue}</Link> /{' '}
    <Link href={apiPath`/queues/${queue}/jobs`}>jobs</Link>
  </nav>
);

function JobView({ job }: { job: JobDetail }) {
  const panels = extensions.flatMap(({ jobPanels = [] }) =>
    jobPanels.filter(({ queue }) => queue === job.queue),
  );
  const isReplaced = (part: 'question' | 'input' | 'result') =>
    panels.some(({ replaces = [] }) => replaces.includes(part));
  return (
    <>
      <PageHead
        title={`${titleOf(job)}: ${stateWord(job.status)}`}
        heading={
          <span className="row">
            <span className="break">{titleOf(job)}</span>
            <State status={job.status} word={job.word} />
          </span>
        }
        above={<QueueLink queue={job.queue} />}
        below={<WhenText job={job} />}
        actions={<JobActions job={job} />}
      />
      <div className="stack">
        {job.error && <JobError error={job.error} attempt={job.attempt} />}
        <Waits job={job} />
        {job.question && !isReplaced('question') && (
          <Question key={job.question.step} job={job} question={job.question} />
        )}
        {panels.map((panel, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
          <OwnPanel key={index} panel={panel} job={job} />
        ))}
        <div className="split">
          <div className="stack">
            <Timeline job={job} />
            {!isReplaced('result') && <Value title="Result" value={job.result} />}
            {!isReplaced('input') && <Value title="Input" value={job.input} />}
          </div>
          <div className="stack">
            <LedgerPanel job={job} />
            <JobFacts job={job} />
            <Signals job={job} />
          </div>
        </div>
      </div>
    </>
  );
}

function titleOf(job: JobDetail): string {
  const titles = extensions.flatMap(({ jobTitles = [] }) => jobTitles);
  return titles.find(({ queue }) => queue === job.queue)?.titleOf(job) ?? job.label ?? job.id;
}

function WhenText({ job }: { job: JobDetail }) {
  if (job.endedAt)
    return (
      <>
        ended <Time at={job.endedAt} focusable />, took{' '}
        <Duration from={job.startedAt ?? job.createdAt} to={job.endedAt} />
      </>
    );
  if (job.startedAt)
    return (
      <>
        runs for <Duration from={job.startedAt} />
      </>
    );
  return (
    <>
      inserted <Time at={job.createdAt} focusable />
    </>
  );
}

function JobError({ error, attempt }: { error: NonNullable<JobDetail['error']>; attempt: number }) {
  return (
    <section className="note" data-kind="error" aria-label="Error">
      <p>
        <strong>{sentence(error.message ?? error.code ?? 'It failed and does not say why')}</strong>
      </p>
      <p className="muted small">
        {error.code && <code>{error.code}</code>} try {attempt}
      </p>
    </section>
  );
}

function Value({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <Panel title={title} flush>
      <JsonView value={value} label={title} />
    </Panel>
  );
}

function OwnPanel({ panel: { title, component: Content }, job }: { panel: JobPanel; job: JobDetail }) {
  if (title === null) return <Content job={job} />;
  return (
    <Panel title={title}>
      <Content job={job} />
    </Panel>
  );
}
