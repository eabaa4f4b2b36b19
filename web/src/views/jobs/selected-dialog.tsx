import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelJob, retryJob } from '../../api/actions.ts';
import type { JobSummary } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ModalDialog } from '../../components/dialog.tsx';
import { sentence } from '../../components/problem.tsx';
import { stateWord } from '../../components/state.tsx';
import { plural } from '../../components/time-text.ts';
import { tell } from '../../components/toasts.tsx';
import { actionable } from './job-filter.ts';

interface SelectedDialogProps {
  action: 'retry' | 'cancel';
  jobs: readonly JobSummary[];
  onClose: () => void;
  onDone: () => void;
}

const words = {
  retry: { verb: 'Retry', done: 'retried' },
  cancel: { verb: 'Cancel', done: 'canceled' },
} as const;
const sideBySide = 4;

/** Says in numbers what will happen to the selected jobs, and does it. */
export function SelectedDialog({ action, jobs, onClose, onDone }: SelectedDialogProps) {
  const { can, others } = actionable(action, jobs);
  const [progress, setProgress] = useState<number>();
  const queries = useQueryClient();
  const { verb, done } = words[action];
  const run = async () => {
    setProgress(0);
    const refusals = await actOnAll(action === 'retry' ? retryJob : cancelJob, can, setProgress);
    await queries.invalidateQueries();
    const changed = can.length - refusals.length;
    if (changed > 0) tell(`${plural(changed, 'job')} ${done}`);
    if (refusals[0] !== undefined)
      tell(
        `${plural(refusals.length, 'job')} left as they are. The first: ${sentence(refusals[0])}`,
        'error',
      );
    onDone();
  };
  const isRunning = progress !== undefined;
  return (
    <ModalDialog title={`${verb} ${plural(can.length, 'job')}`} isOpen onClose={onClose}>
      <p>
        {action === 'retry'
          ? `${plural(can.length, 'job is', 'jobs are')} queued again, each with a new attempt.`
          : `${plural(can.length, 'job is', 'jobs are')} canceled. Those that wait end at once; those that run are asked to stop.`}
      </p>
      {others.size > 0 && (
        <p className="muted">
          Left as they are:{' '}
          {[...others].map(([status, count]) => `${count} ${stateWord(status).toLowerCase()}`).join(', ')}.
        </p>
      )}
      {isRunning && (
        <progress max={can.length} value={progress} aria-label="Progress">
          {progress} of {can.length}
        </progress>
      )}
      <footer>
        <Button onPress={onClose}>Leave them</Button>
        <Button
          kind={action === 'cancel' ? 'danger' : 'primary'}
          isDisabled={isRunning || can.length === 0}
          onPress={() => void run()}
        >
          {verb} {plural(can.length, 'job')}
        </Button>
      </footer>
    </ModalDialog>
  );
}

/** Answers what was refused. */
async function actOnAll(
  act: (job: JobSummary) => Promise<unknown>,
  jobs: readonly JobSummary[],
  onProgress: (done: number) => void,
): Promise<string[]> {
  const refusals: string[] = [];
  let done = 0;
  const rest = [...jobs];
  const lane = async () => {
    for (let job = rest.shift(); job !== undefined; job = rest.shift()) {
      await act(job).catch((error: Error) => refusals.push(error.message));
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  return refusals;
}
