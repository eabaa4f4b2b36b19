import { useQuery } from '@tanstack/react-query';
import { queuesQuery } from '../../api/queries.ts';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Attention } from './attention.tsx';
import { QueuesTable } from './queues-table.tsx';

/** How each queue does, what is paused, and what waits for a person. */
export function Overview() {
  const queues = useQuery(queuesQuery);
  return (
    <>
      <PageHead title="Overview" />
      <QueryView query={queues}>
        {(rows) => (
          <div className="stack">
            <Attention queues={rows} />
            <Panel title="Queues" flush>
              {rows.length === 0 ? (
                <Empty title="No queues yet">
                  <code>switchyard add-queue</code> puts a table of yours on it; docs/any-workflow.md says
                  how.
                </Empty>
              ) : (
                <QueuesTable queues={rows} />
              )}
            </Panel>
          </div>
        )}
      </QueryView>
    </>
  );
}
