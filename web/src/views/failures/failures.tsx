import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { failuresQuery, queuesQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { FailureGroup } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icons.tsx';
import { Loading } from '../../components/loading.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { countText } from '../../components/time-text.ts';
import { QueueHead } from '../queue/queue-head.tsx';
import { RedriveDialog } from '../redrives/redrive-dialog.tsx';
import { commonPart } from './common-part.ts';

/** Failed jobs of all queues by their cause, the most frequent first. */
export function Failures() {
  const queues = useQuery(queuesQuery);
  return (
    <>
      <PageHead title="Failures" below="Failed jobs that are kept, grouped by cause" />
      <QueryView query={queues}>
        {(rows) => (
          <AllGroups queues={rows.filter(({ counts }) => counts?.failed !== 0).map(({ name }) => name)} />
        )}
      </QueryView>
    </>
  );
}

export function QueueFailures({ queue }: { queue: string }) {
  return (
    <>
      <QueueHead queue={queue} view="Failures" />
      <AllGroups queues={[queue]} withQueue={false} />
    </>
  );
}

function AllGroups({ queues, withQueue = true }: { queues: readonly string[]; withQueue?: boolean }) {
  const queries = useQueries({ queries: queues.map(failuresQuery) });
  const groups = queries.flatMap(({ data }) => data ?? []).sort((one, other) => other.jobs - one.jobs);
  const error = queries.find((query) => query.error)?.error;
  return (
    <div className="stack">
      {error && <ProblemNote error={error} />}
      {groups.length > 0 ? (
        <section className="panel" aria-label="Causes">
          <Groups groups={groups} withQueue={withQueue} />
        </section>
      ) : queries.some(({ isPending }) => isPending) ? (
        <Loading />
      ) : (
        !error && (
          <Empty title="Nothing has failed">
            Failed jobs stand here by their cause, to be retried together.
          </Empty>
        )
      )}
    </div>
  );
}

function Groups({ groups, withQueue }: { groups: readonly FailureGroup[]; withQueue: boolean }) {
  const [redriven, setRedriven] = useState<FailureGroup>();
  return (
    <>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Cause</th>
            {withQueue && <th scope="col">Queue</th>}
            <th scope="col" className="number">
              Jobs
            </th>
            <th scope="col">First</th>
            <th scope="col">Last</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.queue} ${group.code} ${group.pattern}`}>
              <td className="break cause" data-label="Cause">
                {group.code && <code>{group.code}</code>}
                <p>
                  <Link
                    href={apiPath`/queues/${group.queue}/jobs/${group.sample.id}`}
                    title="Opens the job that failed last"
                  >
                    {group.sample.message || group.pattern || 'It failed and does not say why'}
                  </Link>
                </p>
              </td>
              {withQueue && (
                <td data-label="Queue" className="nowrap">
                  <Link href={apiPath`/queues/${group.queue}`}>{group.queue}</Link>
                </td>
              )}
              <td className="number" data-label="Jobs">
                <Link href={jobsOf(group)}>{countText(group.jobs)}</Link>
              </td>
              <td data-label="First">
                <Time at={group.firstAt} />
              </td>
              <td data-label="Last">
                <Time at={group.lastAt} />
              </td>
              <td className="number">
                <Button
                  size="small"
                  onPress={() => setRedriven(group)}
                  aria-label={`Redrive ${group.code ?? group.pattern} of ${group.queue}`}
                >
                  <Icon name="retry" /> Redrive
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {redriven && (
        <RedriveDialog action="retry" body={bodyOf(redriven)} onClose={() => setRedriven(undefined)} />
      )}
    </>
  );
}

const jobsOf = ({ queue, code }: FailureGroup) =>
  `${apiPath`/queues/${queue}/jobs`}?${new URLSearchParams({ status: 'failed', ...(code === null ? {} : { code }) })}`;

/** By the code, and by the longest part of the message that its jobs have in common. */
function bodyOf({ queue, code, pattern, sample }: FailureGroup) {
  const common = commonPart(pattern, sample.message ?? '');
  return {
    queue,
    states: ['failed'],
    ...(code === null ? {} : { errorCodes: [code] }),
    ...(common === '' ? {} : { messageContains: common }),
  };
}
