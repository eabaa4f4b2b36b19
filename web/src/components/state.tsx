import type { JobStatus } from '../api/types.ts';

const words: Record<JobStatus, string> = {
  queued: 'Queued',
  processing: 'Running',
  parked: 'Waits for answer',
  complete: 'Complete',
  failed: 'Failed',
  canceled: 'Canceled',
  other: 'Other',
};

export const stateWord = (status: string): string =>
  Object.hasOwn(words, status) ? words[status as JobStatus] : status;

/** The state of a job in words and colour; `word` is the table's own, where that says more. */
export function State({ status, word }: { status: string; word?: string }) {
  const text = status === 'other' && word ? word : stateWord(status);
  return (
    <span className="state" data-state={status} title={word && word !== status ? word : undefined}>
      {text}
    </span>
  );
}
