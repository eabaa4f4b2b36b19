import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { queuesQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import { PageHead } from '../../components/page-head.tsx';
import { QueryView } from '../../components/query-view.tsx';

export function Overview() {
  const queues = useQuery(queuesQuery);
  return (
    <>
      <PageHead title="Overview" />
      <QueryView query={queues}>
        {(rows) => (
          <ul>
            {rows.map(({ name, counts }) => (
              <li key={name}>
                <Link href={apiPath`/queues/${name}`}>{name}</Link> {counts?.queued} waiting
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </>
  );
}
