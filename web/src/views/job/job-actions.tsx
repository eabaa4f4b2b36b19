import { useState } from 'react';
import { cancelJob, retryJob } from '../../api/actions.ts';
import type { JobDetail } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Icon } from '../../components/icons.tsx';
import { useAction } from '../../components/use-action.ts';
import { ChangeDialog } from './change-dialog.tsx';

/** What can be done with the job as it stands. */
export function JobActions({ job }: { job: JobDetail }) {
  const [dialog, setDialog] = useState<'cancel' | 'change' | null>(null);
  const retry = useAction(retryJob, () => 'Queued again');
  const cancel = useAction(cancelJob, ({ status }) =>
    status === 'canceled' ? 'Canceled' : 'It is asked to stop',
  );
  const isOpen = ['queued', 'processing', 'parked'].includes(job.status);
  const close = () => setDialog(null);
  return (
    <>
      {job.temporalUrl && (
        <a className="button" href={job.temporalUrl} target="_blank" rel="noreferrer">
          Open in Temporal <Icon name="external" />
        </a>
      )}
      {job.status === 'queued' && <Button onPress={() => setDialog('change')}>Change</Button>}
      {isOpen && (
        <Button kind="danger" isDisabled={job.cancelRequestedAt !== null} onPress={() => setDialog('cancel')}>
          {job.cancelRequestedAt === null ? 'Cancel' : 'Cancel requested'}
        </Button>
      )}
      {['failed', 'canceled'].includes(job.status) && (
        <Button kind="primary" isDisabled={retry.isPending} onPress={() => retry.mutate(job)}>
          <Icon name="retry" /> Retry
        </Button>
      )}
      <ConfirmDialog
        title="Cancel this job?"
        isOpen={dialog === 'cancel'}
        onClose={close}
        action="Cancel it"
        kind="danger"
        onConfirm={() => cancel.mutate(job)}
      >
        <p>
          {job.status === 'queued'
            ? 'It has not started, and ends at once as canceled.'
            : 'Its workflow is asked to stop, and the job ends as canceled when it has.'}{' '}
          It can be retried later.
        </p>
      </ConfirmDialog>
      {dialog === 'change' && <ChangeDialog job={job} onClose={close} />}
    </>
  );
}
