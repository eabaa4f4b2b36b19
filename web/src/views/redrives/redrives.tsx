import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { redriveQuery, redrivesQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { Redrive } from '../../api/types.ts';
import { Actor } from '../../components/actor.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loading } from '../../components/loading.tsx';
import { MorePages } from '../../components/more-pages.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { ProblemNote, sentence } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { countText } from '../../components/time-text.ts';
import { RedriveActions } from './redrive-actions.tsx';
import { RedriveFacts } from './redrive-facts.tsx';
import { RedriveProgress } from './redrive-progress.tsx';

/** What was retried or canceled together, newest first. */
export function Redrives() {
  const query = useInfiniteQuery(redrivesQuery);
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <PageHead title="Redrives" below="Jobs that are retried or canceled together, at a pace" />
      {query.error && !query.data && <ProblemNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data && rows.length === 0 && (
        <Empty title="No redrives yet">
          Choose a cause under <Link href="/failures">Failures</Link>, or filter the jobs of a queue and
          select all that match.
        </Empty>
      )}
      {rows.length > 0 && (
        <section className="panel" aria-label="Redrives">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Reason</th>
                <th scope="col">Queue</th>
                <th scope="col">State</th>
                <th scope="col">Progress</th>
                <th scope="col">By</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((redrive) => (
                <Row key={redrive.id} redrive={redrive} />
              ))}
            </tbody>
          </table>
          <MorePages query={query} />
        </section>
      )}
    </>
  );
}

function Row({ redrive }: { redrive: Redrive }) {
  return (
    <tr>
      <td data-label="Reason" className="break">
        <Link href={apiPath`/redrives/${redrive.id}`}>{redrive.reason}</Link>
        {redrive.action === 'cancel' && <span className="muted"> (cancels)</span>}
      </td>
      <td data-label="Queue">{redrive.queue}</td>
      <td data-label="State">
        <RedriveState redrive={redrive} />
      </td>
      <td data-label="Progress">
        <RedriveProgress redrive={redrive} />
      </td>
      <td data-label="By" className="break">
        <Actor name={redrive.createdBy} />
      </td>
      <td data-label="When">
        <Time at={redrive.createdAt} />
      </td>
    </tr>
  );
}

function RedriveState({ redrive }: { redrive: Redrive }) {
  const isOpen = ['queued', 'processing'].includes(redrive.status);
  return redrive.paused && isOpen ? (
    <span className="state" data-state="paused">
      Paused
    </span>
  ) : (
    <State status={redrive.status} />
  );
}

export function RedriveView({ id }: { id: string }) {
  const query = useQuery(redriveQuery(id));
  return (
    <QueryView query={query}>
      {(redrive) => (
        <>
          <PageHead
            title={redrive.reason}
            heading={
              <span className="row">
                <span className="break">{redrive.reason}</span>
                <RedriveState redrive={redrive} />
              </span>
            }
            above={<Link href="/redrives">Redrives</Link>}
            below={
              <>
                <Actor name={redrive.createdBy} />, <Time at={redrive.createdAt} focusable />
              </>
            }
            actions={<RedriveActions redrive={redrive} />}
          />
          <div className="stack">
            {redrive.error && (
              <div className="note" data-kind="error">
                <strong>{sentence(redrive.error.message ?? redrive.error.code ?? 'It failed')}</strong>
              </div>
            )}
            {redrive.waitsFor && (
              <div className="note" data-kind="warning">
                {sentence(redrive.waitsFor)}
              </div>
            )}
            <ul className="numbers">
              <Figure label="Total jobs" value={redrive.total} />
              <Figure
                label={redrive.action === 'cancel' ? 'Canceled' : 'Queued again'}
                value={redrive.action === 'cancel' ? redrive.canceled : redrive.requeued}
              />
              <Figure label="Left as they were" value={redrive.skipped} />
              <Figure label="Refused" value={redrive.refused} />
            </ul>
            <RedriveProgress redrive={redrive} />
            <RedriveFacts redrive={redrive} />
          </div>
        </>
      )}
    </QueryView>
  );
}

const Figure = ({ label, value }: { label: string; value: number | null }) => (
  <li>
    <span className="label">{label}</span>
    <span className="value number">{value === null ? '–' : countText(value)}</span>
  </li>
);
