import { useQuery } from '@tanstack/react-query';
import { historyQuery, objectivesQuery, queueQuery } from '../../api/queries.ts';
import type { QueueView } from '../../api/types.ts';
import { Actor } from '../../components/actor.tsx';
import { EndedChart, TimesChart } from '../../components/charts.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { extensions } from '../../pipelines/index.ts';
import { LimitsForm } from './limits-form.tsx';
import { Objectives } from './objectives.tsx';
import { pauseName, pauseTarget, ResumeButton } from './pauses.tsx';
import { QueueFacts } from './queue-facts.tsx';
import { QueueHead } from './queue-head.tsx';
import { QueueNumbers } from './queue-numbers.tsx';
import { Systems } from './systems.tsx';

/** How one queue does, and how it is steered. */
export function Queue({ queue }: { queue: string }) {
  const query = useQuery(queueQuery(queue));
  const panels = extensions.flatMap(({ queuePanels = [] }) =>
    queuePanels.filter((panel) => panel.queue === queue),
  );
  return (
    <>
      <QueueHead queue={queue} />
      <QueryView query={query}>
        {(view) => (
          <div className="stack">
            {view.problem && (
              <div className="note" data-kind="error" role="alert">
                <strong>Its job table cannot be read.</strong> {view.problem}
              </div>
            )}
            <QueueNumbers queue={view} />
            {panels.map(({ component: OwnPanel }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
              <OwnPanel key={index} queue={queue} />
            ))}
            <div className="split">
              <div className="stack">
                <Charts queue={queue} />
              </div>
              <div className="stack">
                <Pauses queue={view} />
                <Systems needs={view.needs} />
                <LimitsForm key={queue} queue={view} />
                <Objectives key={`objectives of ${queue}`} queue={queue} />
                <QueueFacts queue={view} />
              </div>
            </div>
          </div>
        )}
      </QueryView>
    </>
  );
}

function Charts({ queue }: { queue: string }) {
  const history = useQuery(historyQuery(queue));
  const { waiting, total } = useQuery(objectivesQuery(queue)).data?.objectives ?? {};
  return (
    <>
      <Panel title="Ended per minute" end={<Legend of={{ complete: 'Complete', failed: 'Failed' }} />}>
        <QueryView query={history}>
          {(minutes) => <EndedChart minutes={minutes} label="Ended in the last hour" height={140} axes />}
        </QueryView>
      </Panel>
      <Panel
        title="Waiting time: until a job starts"
        end={<Legend of={{ p50: 'p50', p95: 'p95', ...(waiting && { objective: 'Objective' }) }} />}
      >
        <QueryView query={history}>
          {(minutes) => (
            <TimesChart
              minutes={minutes}
              label="Waited before the start"
              names={['waitP50', 'waitP95']}
              objective={waiting?.seconds}
            />
          )}
        </QueryView>
      </Panel>
      <Panel
        title="Total time: from insert to end"
        end={<Legend of={{ p95: 'p95', ...(total && { objective: 'Objective' }) }} />}
      >
        <QueryView query={history}>
          {(minutes) => (
            <TimesChart
              minutes={minutes}
              label="From insert to end"
              names={['totalP95']}
              objective={total?.seconds}
            />
          )}
        </QueryView>
      </Panel>
    </>
  );
}

const Legend = ({ of }: { of: Record<string, string> }) => (
  <ul className="legend small muted">
    {Object.entries(of).map(([kind, text]) => (
      <li key={kind} data-kind={kind}>
        {text}
      </li>
    ))}
  </ul>
);

function Pauses({ queue }: { queue: QueueView }) {
  if (queue.pauses.length === 0) return null;
  return (
    <Panel title="Paused" flush>
      <ul className="attention">
        {queue.pauses.map((pause) => (
          <li key={`${pause.scope} ${pauseName(pause)}`}>
            <p className="break">
              <strong>{pauseName(pause)}</strong>: {pause.reason}
              <br />
              <span className="muted small">
                {pause.automatic ? 'its breaker' : <Actor name={pause.pausedBy} />},{' '}
                <Time at={pause.pausedAt} focusable />
              </span>
            </p>
            <span className="end">
              <ResumeButton target={pauseTarget(pause)} name={pauseName(pause)} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
