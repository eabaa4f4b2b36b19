import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { historyQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { QueueView } from '../../api/types.ts';
import { EndedChart } from '../../components/charts.tsx';
import { UsedOf } from '../../components/meter.tsx';
import { countUpTo, durationText } from '../../components/time-text.ts';

/** Each queue in a row; on narrow screens each is a card. */
export function QueuesTable({ queues }: { queues: readonly QueueView[] }) {
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col" className="number">
            Waiting
          </th>
          <th scope="col" className="number">
            Oldest
          </th>
          <th scope="col">In flight</th>
          <th scope="col" className="number">
            Answers
          </th>
          <th scope="col" className="number">
            Failed
          </th>
          <th scope="col" className="number">
            Per minute
          </th>
          <th scope="col" className="chart-cell">
            Ended in the last hour
          </th>
        </tr>
      </thead>
      <tbody>
        {queues.map((queue) => (
          <QueueRow key={queue.name} queue={queue} />
        ))}
      </tbody>
    </table>
  );
}

function QueueRow({ queue }: { queue: QueueView }) {
  const { name, counts, countedUpTo, oldestWaitingSeconds, rates, inForce } = queue;
  const path = apiPath`/queues/${name}`;
  const count = (value: number | undefined) => (value === undefined ? '–' : countUpTo(value, countedUpTo));
  const jobs = (status: string, value: number | undefined) =>
    value ? (
      <Link href={`${path}/jobs?status=${status}`}>{count(value)}</Link>
    ) : (
      <Nothing value={count(value)} />
    );
  return (
    <tr>
      <th scope="row">
        <span className="row">
          <Link href={path}>{name}</Link>
          <QueueMark queue={queue} />
        </span>
      </th>
      <td className="number" data-label="Waiting">
        {jobs('queued', counts?.queued)}
        {counts !== null && counts?.delayed > 0 && (
          <span className="muted small"> +{count(counts.delayed)} later</span>
        )}
      </td>
      <td className="number nowrap" data-label="Oldest">
        {oldestWaitingSeconds === null ? <Nothing value="–" /> : durationText(oldestWaitingSeconds ?? 0)}
      </td>
      <td data-label="In flight">
        <UsedOf used={counts?.processing ?? 0} limit={inForce.inFlight} />
      </td>
      <td className="number" data-label="Answers">
        {jobs('parked', counts?.parked)}
      </td>
      <td className="number" data-label="Failed">
        {jobs('failed', counts?.failed)}
      </td>
      <td className="number" data-label="Per minute">
        {rates ? rateText(rates.complete + rates.failed) : <Nothing value="–" />}
      </td>
      <td className="chart-cell" data-label="Last hour">
        <Hour queue={name} />
      </td>
    </tr>
  );
}

const Nothing = ({ value }: { value: string }) => <span className="muted">{value}</span>;

const rateText = (rate: number): string =>
  rate >= 10 ? Math.round(rate).toString() : String(Math.round(rate * 10) / 10);

function Hour({ queue }: { queue: string }) {
  const { data } = useQuery(historyQuery(queue));
  if (data === undefined) return <span className="muted">–</span>;
  return <EndedChart minutes={data} label={`${queue}, last hour`} height={28} />;
}

/** What is out of the ordinary with the queue. */
export function QueueMark({ queue: { pauses, served, problem, pollers } }: { queue: QueueView }) {
  if (problem)
    return (
      <span className="state" data-state="error">
        Unreadable
      </span>
    );
  if ((pauses ?? []).some(({ scope }) => scope !== 'key'))
    return (
      <span className="state" data-state="paused">
        Paused
      </span>
    );
  if (served === false)
    return (
      <span className="state" data-state="warning" title="No starter claims its jobs">
        No starter
      </span>
    );
  if (pollers === 0)
    return (
      <span className="state" data-state="warning" title="No worker polls its task queue">
        No worker
      </span>
    );
  return null;
}
