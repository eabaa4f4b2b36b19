import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { createRedrive, previewRedrive, type RedrivePreview } from '../../api/actions.ts';
import { Button } from '../../components/button.tsx';
import { ModalDialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { countText, durationText } from '../../components/time-text.ts';
import { useAction } from '../../components/use-action.ts';

interface RedriveDialogProps {
  action: 'retry' | 'cancel';
  /** What chooses the jobs, as the API takes it. */
  body: Readonly<Record<string, unknown>>;
  onClose: () => void;
}

/** What will happen to all jobs that match, in numbers; then its reason and pace. */
export function RedriveDialog({ action, body, onClose }: RedriveDialogProps) {
  const [reason, setReason] = useState('');
  const [pace, setPace] = useState(action === 'retry' ? '10' : '1000');
  const [isPaused, setPaused] = useState(false);
  const [, navigate] = useLocation();
  const preview = useQuery({
    queryKey: ['redrive-preview', action, body],
    queryFn: ({ signal }) => previewRedrive({ ...body, reason: 'preview' }, signal),
    gcTime: 0,
  });
  const create = useAction(
    () => createRedrive({ ...body, reason: reason.trim(), perSecond: Number(pace), paused: isPaused }),
    ({ id }) => {
      onClose();
      navigate(`/redrives/${id}`);
      return isPaused ? 'Created; it waits until it is resumed' : `It runs, at ${pace} jobs a second`;
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(undefined);
  };
  const verb = action === 'retry' ? 'Retry' : 'Cancel';
  const perSecond = Number(pace);
  const isPace = Number.isInteger(perSecond) && perSecond >= 1 && perSecond <= 1000;
  return (
    <ModalDialog title={`${verb} all that match`} isOpen onClose={onClose} size="wide">
      <QueryView query={preview}>
        {(found) => (
          <>
            <p>
              <strong>
                {countText(found.count)}
                {found.more && ' or more'} {found.count === 1 ? 'job matches' : 'jobs match'}
              </strong>
              {isPace && found.count > 0 && ` and ${takes(found, perSecond)}.`}
            </p>
            <Sample preview={found} />
          </>
        )}
      </QueryView>
      <form className="fields" onSubmit={submit}>
        <TextField
          label="Reason"
          hint="Others see it beside your name."
          value={reason}
          onChange={setReason}
          maxLength={500}
          required
          autoFocus
        />
        <div className="fields" data-columns>
          <TextField
            label="Jobs per second"
            inputMode="numeric"
            value={pace}
            onChange={setPace}
            error={isPace ? undefined : 'A whole number from 1 to 1000'}
          />
          <label className="checkbox start-paused">
            <input type="checkbox" checked={isPaused} onChange={(event) => setPaused(event.target.checked)} />
            Make it paused
          </label>
        </div>
        <footer className="form-end">
          <Button onPress={onClose}>Leave them</Button>
          <Button
            type="submit"
            kind={action === 'cancel' ? 'danger' : 'primary'}
            isDisabled={!isPace || create.isPending || !preview.data || preview.data.count === 0}
          >
            {preview.data
              ? `${verb} ${countText(preview.data.count)}${preview.data.more ? '+' : ''} ${preview.data.count === 1 ? 'job' : 'jobs'}`
              : verb}
          </Button>
        </footer>
      </form>
    </ModalDialog>
  );
}

const takes = ({ count, more }: RedrivePreview, perSecond: number) =>
  `it takes ${more ? 'at least ' : ''}${durationText(Math.max(1, count / perSecond))} at this pace`;

function Sample({ preview: { sample, count } }: { preview: RedrivePreview }) {
  const shown = sample.slice(0, 5);
  if (shown.length === 0) return null;
  return (
    <div className="table-scroll">
      <table className="cards">
        <caption className="muted small">
          {shown.length < count ? `${shown.length} of them` : 'All of them'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">State</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((job) => (
            <tr key={job.id}>
              <td data-label="Job" className="break">
                {job.label ?? job.id}
              </td>
              <td data-label="State">
                <State status={job.status} />
              </td>
              <td data-label="Error" className="break">
                {job.error && (
                  <>
                    <code>{job.error.code}</code> <span className="muted">{job.error.message}</span>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
