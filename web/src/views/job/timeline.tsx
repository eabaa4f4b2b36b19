import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { jobEventsQuery } from '../../api/queries.ts';
import type { JobDetail, JobEvent } from '../../api/types.ts';
import { Actor } from '../../components/actor.tsx';
import { useNowText } from '../../components/now.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { State, stateWord } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { durationText, exactTime } from '../../components/time-text.ts';
import { Steps } from './steps.tsx';
import { type Segment, segmentsOf } from './timeline-segments.ts';

/** What happened to the job: its states and tries on one axis, and each event in words. */
export function Timeline({ job }: { job: JobDetail }) {
  const query = useInfiniteQuery(jobEventsQuery(job.queue, job.id));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const events = query.data?.pages.flatMap(({ rows }) => rows) ?? [];
  return (
    <Panel title="Timeline" flush>
      {query.error && <ProblemNote error={query.error} />}
      {events.length > 0 && <Axis events={events} />}
      <Steps job={job} from={events[0]?.at ?? job.createdAt} />
      {events.length > 0 ? (
        <EventsTable events={events} />
      ) : (
        <p className="empty">{query.isPending ? 'Loading …' : 'No event is kept of it.'}</p>
      )}
    </Panel>
  );
}

function Axis({ events }: { events: readonly JobEvent[] }) {
  const segments = segmentsOf(events);
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined || segments.length === 0) return null;
  return (
    <div className="axis">
      <ol className="track">
        {segments.map((segment) => (
          <TrackSegment key={segment.key} segment={segment} />
        ))}
      </ol>
      <p className="axes small muted" aria-hidden="true">
        <span>{exactTime(Date.parse(first.at))}</span>
        <span>{segments.at(-1)?.to === null ? 'now' : exactTime(Date.parse(last.at))}</span>
      </p>
    </div>
  );
}

function TrackSegment({ segment: { state, attempt, from, to } }: { segment: Segment }) {
  const seconds = Number(useNowText((now) => String(Math.max(0, (to ?? now) - from) / 1000)));
  const what = state === 'queued' ? 'Queued' : `${stateWord(state)}, try ${attempt}`;
  const text = `${what}: ${durationText(seconds)}`;
  // In milliseconds: parts of one in all would not fill the line.
  return (
    <li data-state={state} style={{ flexGrow: Math.max(seconds * 1000, 1) }} title={text}>
      <span>{text}</span>
    </li>
  );
}

function EventsTable({ events }: { events: readonly JobEvent[] }) {
  return (
    <table className="cards events">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Became</th>
          <th scope="col" className="number">
            Try
          </th>
          <th scope="col">By</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {[...events].reverse().map((event) => (
          <tr key={event.id}>
            <td data-label="When">
              <Time at={event.at} />
            </td>
            <td data-label="Became">
              <State status={event.to} />
            </td>
            <td data-label="Try" className="number">
              {event.attempt}
            </td>
            <td data-label="By" className="break">
              <Actor name={event.actor} />
            </td>
            <td data-label="Why" className="break">
              {event.code && <code>{event.code}</code>} {event.detail}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
