import { useState } from 'react';
import type { JobSummary } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { plural } from '../../components/time-text.ts';
import { tell } from '../../components/toasts.tsx';
import { RedriveDialog } from '../redrives/redrive-dialog.tsx';
import { actionable, bulkOf, type JobFilter } from './job-filter.ts';
import { SelectedDialog } from './selected-dialog.tsx';

interface BulkBarProps {
  queue: string;
  filter: JobFilter;
  /** Those that are selected. */
  jobs: readonly JobSummary[];
  /** How many match the filter, as text. */
  count: string | undefined;
  onClear: () => void;
}

type Open = { action: 'retry' | 'cancel'; all: boolean } | null;

/** What can be done with the selected jobs, or with all that match. */
export function BulkBar({ queue, filter, jobs, count, onClear }: BulkBarProps) {
  const [isAll, setAll] = useState(false);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const clear = () => {
    setAll(false);
    onClear();
  };
  const start = (action: 'retry' | 'cancel') => {
    const { obstacle } = bulkOf(queue, action, filter);
    if (isAll && obstacle !== undefined) tell(obstacle, 'error');
    else setOpen({ action, all: isAll });
  };
  if (jobs.length === 0) return null;
  const [retries, cancels] = [actionable('retry', jobs).can.length, actionable('cancel', jobs).can.length];
  const body = open?.all ? bulkOf(queue, open.action, filter).body : undefined;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be drawn as one
    <div className="bulk" role="group" aria-label="Selected jobs">
      <strong>{isAll ? `All ${count ?? ''} that match` : `${plural(jobs.length, 'job')} selected`}</strong>
      <Button size="small" isDisabled={!isAll && retries === 0} onPress={() => start('retry')}>
        Retry {isAll ? '' : retries}
      </Button>
      <Button size="small" kind="danger" isDisabled={!isAll && cancels === 0} onPress={() => start('cancel')}>
        Cancel {isAll ? '' : cancels}
      </Button>
      {!isAll && (
        <Button size="small" kind="quiet" onPress={() => setAll(true)}>
          Select all {count ?? ''} that match
        </Button>
      )}
      <Button size="small" kind="quiet" onPress={clear}>
        Clear
      </Button>
      {open && !open.all && (
        <SelectedDialog
          action={open.action}
          jobs={jobs}
          onClose={close}
          onDone={() => {
            close();
            clear();
          }}
        />
      )}
      {open && body && <RedriveDialog action={open.action} body={body} onClose={close} />}
    </div>
  );
}
