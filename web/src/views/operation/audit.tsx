import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { auditQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Actor } from '../../components/actor.tsx';
import { Empty } from '../../components/empty.tsx';
import { TextField } from '../../components/field.tsx';
import { Loading } from '../../components/loading.tsx';
import { MorePages } from '../../components/more-pages.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { Time } from '../../components/time.tsx';

/** Who did what, newest first. */
export function Audit() {
  const [params, setParams] = useSearchParams();
  const filter = { actor: params.get('actor') ?? '', queue: params.get('queue') ?? '' };
  const query = useInfiniteQuery(auditQuery(filter));
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const set = (name: string) => (value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return (
    <>
      <PageHead title="Audit" below="What people and tokens changed" />
      <div className="toolbar audit-filter">
        <TextField label="By" value={filter.actor} onChange={set('actor')} />
        <TextField label="Queue" value={filter.queue} onChange={set('queue')} />
      </div>
      {query.error && !query.data && <ProblemNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data && rows.length === 0 && <Empty title="No change is on record" />}
      {rows.length > 0 && (
        <section className="panel" aria-label="Changes">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">By</th>
                <th scope="col">Did</th>
                <th scope="col">To</th>
                <th scope="col">Detail</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((entry, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: entries have no id and are only added
                <Row key={index} entry={entry} />
              ))}
            </tbody>
          </table>
          <MorePages query={query} />
        </section>
      )}
    </>
  );
}

function Row({ entry: { at, actor, action, queue, jobId, detail } }: { entry: AuditEntry }) {
  return (
    <tr>
      <td data-label="When">
        <Time at={at} />
      </td>
      <td data-label="By" className="break">
        <Actor name={actor} />
      </td>
      <td data-label="Did">{action}</td>
      <td data-label="To" className="break">
        {queue && <Link href={apiPath`/queues/${queue}`}>{queue}</Link>}
        {queue && jobId && (
          <>
            {' / '}
            <Link href={apiPath`/queues/${queue}/jobs/${jobId}`}>
              <code>{jobId}</code>
            </Link>
          </>
        )}
      </td>
      <td data-label="Detail" className="break">
        {detail}
      </td>
    </tr>
  );
}
