import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { queueQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { QueueView } from '../../api/types.ts';
import { PageHead } from '../../components/page-head.tsx';
import { extensions } from '../../pipelines/index.ts';
import { QueueMark } from '../overview/queues-table.tsx';
import { PauseButton, ResumeButton } from './pauses.tsx';

/** Title, actions and tabs of a queue, above each of its views. */
export function QueueHead({ queue, view }: { queue: string; view?: string }) {
  const { data } = useQuery(queueQuery(queue));
  return (
    <>
      <PageHead
        title={view === undefined ? queue : `${view} of ${queue}`}
        heading={
          <span className="row">
            {queue}
            {data && <QueueMark queue={data} />}
          </span>
        }
        below={data && <Kind queue={data} />}
        actions={<Actions queue={queue} data={data} />}
      />
      <QueueTabs queue={queue} hasKeys={data?.hasKeys !== false} />
    </>
  );
}

const Kind = ({ queue: { kind, table, source } }: { queue: QueueView }) => (
  <span className="small">
    {kind === 'watched' ? 'Watched workflows' : 'Fenced jobs'} of <code>{source ?? table}</code>
  </span>
);

function Actions({ queue, data }: { queue: string; data: QueueView | undefined }) {
  const own = extensions.flatMap(({ queueActions = [] }) =>
    queueActions.filter((action) => action.queue === queue),
  );
  const isPaused = data?.pauses.some(({ scope }) => scope === 'queue') === true;
  return (
    <>
      {own.map(({ component: Action }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <Action key={index} queue={queue} />
      ))}
      {isPaused ? (
        <ResumeButton target={{ queue }} name={`queue ${queue}`} />
      ) : (
        <PauseButton
          target={{ queue }}
          name={`queue ${queue}`}
          what="No job of it starts until it is resumed. Those in flight go on, and new ones may be inserted."
        />
      )}
    </>
  );
}

function QueueTabs({ queue, hasKeys }: { queue: string; hasKeys: boolean }) {
  const path = apiPath`/queues/${queue}`;
  return (
    <nav className="tabs" aria-label={`Views of ${queue}`}>
      <Tab path={path}>Summary</Tab>
      <Tab path={`${path}/jobs`}>Jobs</Tab>
      <Tab path={`${path}/failures`}>Failures</Tab>
      {hasKeys && <Tab path={`${path}/keys`}>Keys</Tab>}
    </nav>
  );
}

function Tab({ path, children }: { path: string; children: ReactNode }) {
  const [location] = useLocation();
  return (
    <Link href={path} aria-current={location === path ? 'page' : undefined}>
      {children}
    </Link>
  );
}
