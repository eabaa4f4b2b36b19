import { type FormEvent, useState } from 'react';
import { changeJob } from '../../api/actions.ts';
import type { JobDetail } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ModalDialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { useAction } from '../../components/use-action.ts';

/** Another priority, or another time before which a waiting job is not started. */
export function ChangeDialog({ job, onClose }: { job: JobDetail; onClose: () => void }) {
  const [priority, setPriority] = useState(String(job.priority));
  const [runAt, setRunAt] = useState(localTime(job.runAt));
  const change = useAction(
    (body: Record<string, unknown>) => changeJob(job, body),
    () => {
      onClose();
      return 'Changed';
    },
  );
  const isPriority = Number.isInteger(Number(priority)) && priority.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      ...(Number(priority) === job.priority ? {} : { priority: Number(priority) }),
      ...(runAt === localTime(job.runAt)
        ? {}
        : { runAt: runAt === '' ? null : new Date(runAt).toISOString() }),
    };
    if (Object.keys(body).length === 0) onClose();
    else change.mutate(body);
  };
  return (
    <ModalDialog title="Change when it starts" isOpen onClose={onClose}>
      <form className="fields" onSubmit={submit}>
        <TextField
          label="Priority"
          hint="Lower numbers go first."
          inputMode="numeric"
          value={priority}
          onChange={setPriority}
          error={isPriority ? undefined : 'A whole number'}
        />
        <TextField
          label="Not before"
          hint="In your time zone. Leave empty to start when its turn comes."
          type="datetime-local"
          value={runAt}
          onChange={setRunAt}
        />
        <footer className="form-end">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" isDisabled={!isPriority || change.isPending}>
            Change
          </Button>
        </footer>
      </form>
    </ModalDialog>
  );
}

/** As the input of the browser takes it: local, without zone. */
function localTime(at: string | null): string {
  if (at === null) return '';
  const date = new Date(at);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
