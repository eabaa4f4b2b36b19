import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { setObjectives } from '../../api/actions.ts';
import { objectivesQuery, type QueueObjectives } from '../../api/queries.ts';
import type { BurnRate, Objectives as ObjectivesOfQueue } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { durationText } from '../../components/time-text.ts';
import { useAction } from '../../components/use-action.ts';
import {
  type ObjectivesErrors,
  type ObjectivesText,
  objectivesText,
  percentText,
  readObjectives,
} from './objectives-text.ts';

type Of = keyof ObjectivesOfQueue;

/** How soon jobs are to start and to end, how fast that is being missed, and a form to set it. */
export function Objectives({ queue }: { queue: string }) {
  const query = useQuery(objectivesQuery(queue));
  return (
    <Panel title="Objectives">
      <QueryView query={query}>
        {(found) => (
          <div className="stack">
            <Burning of="waiting" found={found} />
            <Burning of="total" found={found} />
            <ObjectivesForm queue={queue} found={found.objectives} />
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

function Burning({ of, found: { objectives, burnRates } }: { of: Of; found: QueueObjectives }) {
  const objective = objectives[of];
  if (objective === null) return null;
  const what = of === 'waiting' ? 'start' : 'end';
  const rates = burnRates.filter((rate) => rate.of === of);
  return (
    <div>
      <p>
        {percentText(objective.part)} % must {what} within {durationText(objective.seconds)}
      </p>
      <ul className="burn small" aria-label={`Burn rate: jobs that ${what} too late, by what is allowed`}>
        {rates.map((rate) => (
          <li key={rate.minutes} data-over={(rate.rate ?? 0) > 1}>
            <span className="muted">{durationText(rate.minutes * 60)}</span>
            <span>{rateText(rate)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const rateText = ({ rate }: BurnRate): string =>
  rate === null ? '–' : `${(Math.round(rate * 10) / 10).toString()}×`;

function ObjectivesForm({ queue, found }: { queue: string; found: ObjectivesOfQueue }) {
  const [text, setText] = useState<ObjectivesText>();
  const [errors, setErrors] = useState<ObjectivesErrors>({});
  const values = text ?? objectivesText(found);
  const save = useAction(
    (objectives: ObjectivesOfQueue) => setObjectives(queue, objectives),
    () => {
      setText(undefined);
      return `Objectives of ${queue} set`;
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readObjectives(values);
    setErrors('errors' in read ? read.errors : {});
    if ('objectives' in read) save.mutate(read.objectives);
  };
  const field = (of: Of, part: 'seconds' | 'percent', label: string) => (
    <TextField
      label={label}
      inputMode="decimal"
      placeholder={part === 'seconds' ? 'none' : '99'}
      value={values[of][part]}
      onChange={(value) => setText({ ...values, [of]: { ...values[of], [part]: value } })}
      error={errors[`${of} ${part}`]}
    />
  );
  return (
    <form className="fields" onSubmit={submit} noValidate>
      <div className="fields" data-columns>
        {field('waiting', 'seconds', 'Start within (seconds)')}
        {field('waiting', 'percent', 'Start target (%)')}
        {field('total', 'seconds', 'End within (seconds)')}
        {field('total', 'percent', 'End target (%)')}
      </div>
      <div className="row">
        <Button type="submit" kind="primary" isDisabled={text === undefined || save.isPending}>
          Set objectives
        </Button>
        {text !== undefined && <Button onPress={() => setText(undefined)}>Undo</Button>}
      </div>
      <p className="hint muted small">
        1× means exactly as many late jobs as the objective allows. Only jobs after it was set count.
      </p>
    </form>
  );
}
