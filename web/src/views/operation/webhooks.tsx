import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { retryDelivery } from '../../api/actions.ts';
import { deliveriesQuery, webhooksQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { DeliveryView, SubscriptionView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loading } from '../../components/loading.tsx';
import { MorePages } from '../../components/more-pages.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { useAction } from '../../components/use-action.ts';

/** Who is told when jobs end, and what was sent. */
export function Webhooks() {
  const subscriptions = useQuery(webhooksQuery);
  return (
    <>
      <PageHead title="Webhooks" below="Who is told when jobs end, and what was sent" />
      <div className="stack">
        <Panel title="Subscriptions" flush>
          <QueryView query={subscriptions}>{(rows) => <Subscriptions rows={rows} />}</QueryView>
        </Panel>
        <Deliveries />
      </div>
    </>
  );
}

function Subscriptions({ rows }: { rows: readonly SubscriptionView[] }) {
  if (rows.length === 0)
    return <Empty title="No subscriptions">Subscriptions are created by SQL: see docs/webhooks.md.</Empty>;
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Queue</th>
          <th scope="col">When</th>
          <th scope="col">To</th>
          <th scope="col">Made by</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td data-label="Name">{row.name}</td>
            <td data-label="Queue">
              <Link href={apiPath`/queues/${row.queue}`}>{row.queue}</Link>
            </td>
            <td data-label="When">{row.statuses.join(', ')}</td>
            <td data-label="To" className="break">
              {row.place ?? (
                <>
                  rows of <code>switchyard.completions</code>
                </>
              )}
            </td>
            <td data-label="Made by" className="break">
              {row.createdBy}, <Time at={row.createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const states = [
  ['', 'All'],
  ['queued', 'To be sent'],
  ['complete', 'Sent'],
  ['failed', 'Failed'],
] as const;

function Deliveries() {
  const [params, setParams] = useSearchParams();
  const status = params.get('status') ?? '';
  const query = useInfiniteQuery(deliveriesQuery(status));
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Panel
      title="Deliveries"
      flush
      end={
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would be drawn as one
        <div className="segments" role="group" aria-label="State">
          {states.map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={status === value}
              onClick={() => setParams(value === '' ? {} : { status: value }, { replace: true })}
            >
              {label}
            </button>
          ))}
        </div>
      }
    >
      {query.error && !query.data && <ProblemNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data && rows.length === 0 && <Empty title="No deliveries yet" />}
      {rows.length > 0 && (
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">To</th>
              <th scope="col">About</th>
              <th scope="col">State</th>
              <th scope="col">Answer</th>
              <th scope="col">When</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Delivery key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      )}
      <MorePages query={query} />
    </Panel>
  );
}

function Delivery({ row }: { row: DeliveryView }) {
  const retry = useAction(retryDelivery, () => 'It is sent again');
  return (
    <tr>
      <td data-label="To">{row.subscription}</td>
      <td data-label="About" className="break">
        <Link href={apiPath`/queues/${row.of.queue}/jobs/${row.of.jobId}`}>{row.of.queue}</Link> became{' '}
        {row.of.status}
      </td>
      <td data-label="State">
        <State status={row.status} word={row.word} />
      </td>
      <td data-label="Answer" className="break">
        {row.responseStatus && <code>{row.responseStatus}</code>}{' '}
        {row.error && <span className="muted">{row.error.message ?? row.error.code}</span>}
      </td>
      <td data-label="When">
        <Time at={row.endedAt ?? row.createdAt} />
      </td>
      <td className="number">
        {['failed', 'complete', 'canceled'].includes(row.status) && (
          <Button
            size="small"
            isDisabled={retry.isPending}
            onPress={() => retry.mutate(row.id)}
            aria-label={`Send to ${row.subscription} again`}
          >
            Send again
          </Button>
        )}
      </td>
    </tr>
  );
}
