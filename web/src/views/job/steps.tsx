import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { jobStepsQuery } from '../../api/queries.ts';
import type { JobDetail, WorkflowStep } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { useNowText } from '../../components/now.ts';
import { Time } from '../../components/time.tsx';
import { durationText, plural } from '../../components/time-text.ts';
import { barOf, secondsOf } from './step-bars.ts';

/** More are shown when they are asked for. */
const shownAtFirst = 25;

/** What the workflow of the last try did, by Temporal's history, on the axis of the job's states. */
export function Steps({ job, from }: { job: JobDetail; from: string | null }) {
  const [isWhole, setWhole] = useState(false);
  const { data } = useQuery(jobStepsQuery(job));
  if (data === undefined || job.runId === null) return null;
  const { steps, unknown, more } = data;
  if (unknown !== null) return <p className="steps-note muted small">Steps of the workflow: {unknown}.</p>;
  const shown = isWhole ? steps : steps.slice(0, shownAtFirst);
  const to = job.endedAt === null ? null : Date.parse(job.endedAt);
  return (
    <div className="steps">
      <h3 className="small muted">Steps of the workflow</h3>
      <ol>
        {shown.map((step) => (
          <Step key={step.id} step={step} from={Date.parse(from ?? steps[0]?.scheduledAt ?? '')} to={to} />
        ))}
      </ol>
      {shown.length < steps.length && (
        <Button size="small" onPress={() => setWhole(true)}>
          Show all {steps.length}
        </Button>
      )}
      {more && <p className="muted small">The history continues: see it in Temporal.</p>}
      {steps.length === 0 && <p className="muted small">None yet.</p>}
    </div>
  );
}

const kinds: Record<WorkflowStep['kind'], string> = {
  activity: 'Activity',
  timer: 'Timer',
  signal: 'Signal',
  update: 'Update',
  child: 'Child workflow',
  'workflow task': 'Workflow task',
};

function Step({ step, from, to }: { step: WorkflowStep; from: number; to: number | null }) {
  const end = Number(useNowText((now) => String(to ?? now)));
  const { left, width } = barOf(step, from, end);
  const seconds = secondsOf(step, end);
  const { kind, name, summary, state, attempt, failure, nextTryAt } = step;
  return (
    <li data-state={state}>
      <p className="step-name">
        <span className="muted small">{kinds[kind]}</span>{' '}
        {kind !== 'workflow task' && (
          <code>{kind === 'timer' ? durationText(Number.parseFloat(name)) : name}</code>
        )}
        {summary && <span className="small"> {summary}</span>}
      </p>
      <p className="step-end small">
        {stateText(state, kind)}
        {seconds !== null && ` ${durationText(seconds)}`}
        {attempt !== null && attempt > 1 && `, ${plural(attempt, 'try', 'tries')}`}
      </p>
      <p className="step-bar" aria-hidden="true">
        <span className="step-fill" style={{ marginInlineStart: `${left}%`, width: `${width}%` }} />
      </p>
      {failure && (
        <p className="step-failure small break">
          {failure.type && <code>{failure.type}</code>} {failure.message ?? 'What failed it is encrypted'}
          {nextTryAt && (
            <>
              , tried again <Time at={nextTryAt} />
            </>
          )}
        </p>
      )}
    </li>
  );
}

function stateText(state: WorkflowStep['state'], kind: WorkflowStep['kind']): string {
  if (state !== 'complete') return state;
  return kind === 'signal' || kind === 'update' ? 'came' : 'took';
}
