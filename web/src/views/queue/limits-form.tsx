import { type FormEvent, useState } from 'react';
import { setLimits } from '../../api/actions.ts';
import type { Limits, QueueView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceField, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useAction } from '../../components/use-action.ts';
import { type LimitsText, limitsText, readLimits } from './limits.ts';

/** The limits of a queue. What is left empty follows the definition, or the settings of the processes. */
export function LimitsForm({ queue }: { queue: QueueView }) {
  const [text, setText] = useState<LimitsText>();
  const [errors, setErrors] = useState<Partial<Record<keyof LimitsText, string>>>({});
  const values = text ?? limitsText(queue.limits);
  const save = useAction(
    (limits: Limits) => setLimits(queue.name, limits),
    () => {
      setText(undefined);
      return `Limits of ${queue.name} set`;
    },
  );
  const set = (field: keyof LimitsText) => (value: string) => setText({ ...values, [field]: value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readLimits(values);
    setErrors('errors' in read ? read.errors : {});
    if ('limits' in read) save.mutate(read.limits);
  };
  const { inForce } = queue;
  return (
    <Panel title="Limits">
      <form className="fields" onSubmit={submit} noValidate>
        <div className="fields" data-columns>
          <TextField
            label="Jobs in flight"
            inputMode="numeric"
            placeholder={inForce.inFlight?.toString() ?? 'no limit'}
            value={values.inFlight}
            onChange={set('inFlight')}
            error={errors.inFlight}
          />
          {queue.hasKeys && (
            <TextField
              label="In flight per key"
              inputMode="numeric"
              placeholder={inForce.inFlightPerKey?.toString() ?? 'no limit'}
              value={values.inFlightPerKey}
              onChange={set('inFlightPerKey')}
              error={errors.inFlightPerKey}
            />
          )}
          <TextField
            label="Starts per second"
            inputMode="decimal"
            placeholder={inForce.startsPerSecond?.toString() ?? 'no limit'}
            value={values.startsPerSecond}
            onChange={set('startsPerSecond')}
            error={errors.startsPerSecond}
          />
          {queue.hasKeys && (
            <ChoiceField
              label="Keys take turns"
              value={values.fair}
              onChange={set('fair')}
              choices={[
                { value: '', label: `As defined (${inForce.fair ? 'yes' : 'no'})` },
                { value: 'true', label: 'Yes' },
                { value: 'false', label: 'No' },
              ]}
            />
          )}
        </div>
        <div className="row">
          <Button type="submit" kind="primary" isDisabled={text === undefined || save.isPending}>
            Set limits
          </Button>
          {text !== undefined && <Button onPress={() => setText(undefined)}>Undo</Button>}
        </div>
        <p className="hint muted small">
          Leave empty to use what the definition or the settings say, shown in grey.
        </p>
      </form>
    </Panel>
  );
}
