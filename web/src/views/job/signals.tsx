import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { signalJob } from '../../api/actions.ts';
import { jobSignalsQuery } from '../../api/queries.ts';
import type { JobDetail, SignalView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { Time } from '../../components/time.tsx';
import { useAction } from '../../components/use-action.ts';

/** What was sent to the workflow, and a form to send more. */
export function Signals({ job }: { job: JobDetail }) {
  const signals = useInfiniteQuery(jobSignalsQuery(job.queue, job.id)).data?.pages.flatMap(
    ({ rows }) => rows,
  );
  const isOpen = ['queued', 'processing', 'parked'].includes(job.status);
  if (!isOpen && (signals ?? []).length === 0) return null;
  return (
    <Panel title="Signals">
      <div className="stack">
        {signals?.map((signal) => (
          <Signal key={signal.id} signal={signal} />
        ))}
        {isOpen && <SendSignal job={job} />}
      </div>
    </Panel>
  );
}

const states = { waiting: 'queued', sent: 'complete', failed: 'failed' } as const;

function Signal({ signal }: { signal: SignalView }) {
  return (
    <div>
      <p className="row">
        <code>{signal.name}</code>
        <span className="state" data-state={states[signal.status]}>
          {signal.status}
        </span>
        <span className="muted">
          <Time at={signal.createdAt} />
        </span>
      </p>
      {signal.args !== null && <p className="mono muted break">{JSON.stringify(signal.args)}</p>}
      {signal.error && <p className="error">{signal.error}</p>}
    </div>
  );
}

function SendSignal({ job }: { job: JobDetail }) {
  const [name, setName] = useState('');
  const [args, setArgs] = useState('');
  const [error, setError] = useState<string>();
  const send = useAction(
    (input: { name: string; args: unknown }) => signalJob(job, input.name, input.args),
    () => {
      setName('');
      setArgs('');
      return 'Signal queued';
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readArgs(args);
    setError(read.error);
    if (read.error === undefined) send.mutate({ name: name.trim(), args: read.value });
  };
  return (
    <form className="fields" onSubmit={submit}>
      <TextField label="Signal" value={name} onChange={setName} required autoComplete="off" />
      <Field label="Arguments (optional)" hint="A JSON list, such as [true, 7]." error={error}>
        {(props) => (
          <textarea
            {...props}
            className="input"
            data-code
            rows={2}
            spellCheck={false}
            value={args}
            onChange={(event) => setArgs(event.target.value)}
          />
        )}
      </Field>
      <div>
        <Button type="submit" isDisabled={send.isPending}>
          Send signal
        </Button>
      </div>
    </form>
  );
}

function readArgs(text: string): { value?: unknown; error?: string } {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? { value } : { error: 'Must be a list: put it in [ ]' };
  } catch {
    return { error: 'Must be a JSON list, such as ["yes"]' };
  }
}
