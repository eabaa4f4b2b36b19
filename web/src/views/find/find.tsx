import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { findQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { jobPath } from '../jobs/columns.tsx';

/** Jobs of this id in all queues; a single one is shown at once. */
export function Find() {
  const [params] = useSearchParams();
  const id = params.get('id') ?? '';
  const query = useQuery({ ...findQuery(id), enabled: id !== '' });
  const [, navigate] = useLocation();
  const only = query.data?.length === 1 ? query.data[0] : undefined;
  useEffect(() => {
    if (only !== undefined) navigate(jobPath(only), { replace: true });
  }, [only, navigate]);
  return (
    <>
      <PageHead title={`Jobs with id ${id}`} />
      <QueryView query={query}>
        {(jobs) =>
          jobs.length === 0 ? (
            <Empty title="No queue has a job of this id">
              Search by label, key or error in the list of a queue’s jobs.
            </Empty>
          ) : (
            <section className="panel" aria-label="Jobs found">
              <table className="cards">
                <thead>
                  <tr>
                    <th scope="col">Queue</th>
                    <th scope="col">Job</th>
                    <th scope="col">State</th>
                    <th scope="col">Inserted</th>
                  </tr>
                </thead>
                <tbody>
                  {jobs.map((job) => (
                    <tr key={job.queue}>
                      <td data-label="Queue">{job.queue}</td>
                      <td data-label="Job" className="break">
                        <Link href={jobPath(job)}>{job.label ?? job.id}</Link>
                      </td>
                      <td data-label="State">
                        <State status={job.status} word={job.word} />
                      </td>
                      <td data-label="Inserted">
                        <Time at={job.createdAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </QueryView>
    </>
  );
}
