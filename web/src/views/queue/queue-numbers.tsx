import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import type { QueueView } from '../../api/types.ts';
import { UsedOf } from '../../components/meter.tsx';
import { countUpTo, durationText } from '../../components/time-text.ts';

/** Depth and rates, each with a link to the jobs that it counts. */
export function QueueNumbers({ queue }: { queue: QueueView }) {
  const { name, counts, countedUpTo, oldestWaitingSeconds, rates, inForce } = queue;
  const count = (value: number | undefined) => (value === undefined ? '–' : countUpTo(value, countedUpTo));
  const rate = (value: number | undefined) =>
    value === undefined ? '–' : String(Math.round(value * 10) / 10);
  return (
    <ul className="numbers">
      <Figure label="Waiting" path={jobsPath(name, 'queued')}>
        {count(counts?.queued)}
      </Figure>
      <Figure label="Oldest waiting">
        {oldestWaitingSeconds === null ? '–' : durationText(oldestWaitingSeconds ?? 0)}
      </Figure>
      <Figure label="Later" path={jobsPath(name, 'delayed')}>
        {count(counts?.delayed)}
      </Figure>
      <Figure label="In flight" path={jobsPath(name, 'processing')}>
        <UsedOf used={counts?.processing ?? 0} limit={inForce.inFlight} />
      </Figure>
      <Figure label="Wait for answer" path={jobsPath(name, 'parked')}>
        {count(counts?.parked)}
      </Figure>
      <Figure label="Failed" path={jobsPath(name, 'failed')}>
        {count(counts?.failed)}
      </Figure>
      <Figure label="Inserted per minute">{rate(rates?.inserted)}</Figure>
      <Figure label="Started per minute">{rate(rates?.started)}</Figure>
      <Figure label="Complete per minute">{rate(rates?.complete)}</Figure>
      <Figure label="Failed per minute">{rate(rates?.failed)}</Figure>
    </ul>
  );
}

const jobsPath = (queue: string, status: string) => `${apiPath`/queues/${queue}/jobs`}?status=${status}`;

function Figure({ label, path, children }: { label: string; path?: string; children: ReactNode }) {
  return (
    <li>
      <span className="label">{path === undefined ? label : <Link href={path}>{label}</Link>}</span>
      <span className="value">{children}</span>
    </li>
  );
}
