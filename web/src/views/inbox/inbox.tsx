import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { inboxQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { InboxItem } from '../../api/types.ts';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { AnswerForm } from '../job/question.tsx';

/** What jobs ask, oldest first, to be answered here. */
export function Inbox() {
  const query = useQuery(inboxQuery);
  return (
    <>
      <PageHead title="Inbox" below="Jobs that wait for a person" />
      <QueryView query={query}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="No open questions">Jobs that wait for an answer appear here.</Empty>
          ) : (
            <div className="stack inbox">
              {items.map((item) => (
                <Item key={`${item.queue} ${item.id} ${item.step}`} item={item} />
              ))}
            </div>
          )
        }
      </QueryView>
    </>
  );
}

function Item({ item }: { item: InboxItem }) {
  return (
    <Panel
      title={<Link href={apiPath`/queues/${item.queue}/jobs/${item.id}`}>{item.label ?? item.id}</Link>}
      end={
        <span className="small muted">
          {item.queue}
          {item.askedAt && (
            <>
              , asked <Time at={item.askedAt} focusable />
            </>
          )}
          {item.answerBy && (
            <>
              , ends <Time at={item.answerBy} focusable />
            </>
          )}
        </span>
      }
    >
      <p className="question break">{item.message}</p>
      <AnswerForm job={item} schema={item.schema} />
    </Panel>
  );
}
