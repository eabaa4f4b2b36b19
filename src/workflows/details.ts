import { setCurrentDetails } from '@temporalio/workflow';
import type { JobEnd, Parked } from '../queues/job.ts';

/**
 * What Temporal's Web UI shows of a running workflow as *current details*. It is Markdown, and the words may be anybody's: brackets and
 * the like are escaped, so that no text becomes a link or a picture. It is no step of the workflow: a replay does not compare it.
 */
export const showDetails = (words: string): void =>
  setCurrentDetails(words.replace(/\s+/g, ' ').replace(/[\\`[\]<>]/g, '\\$&'));

export function showQuestion({ step, message, waitMs }: Parked): void {
  const until = new Date(Date.now() + waitMs).toISOString().slice(0, 16).replace('T', ' ');
  showDetails(
    `Waits for an answer: ${message ?? 'its question is on the row'} (step ${step}, until ${until} UTC)`,
  );
}

export function showEnd({ state, errorCode, errorMessage }: JobEnd): void {
  if (state === 'canceled') showDetails('Canceled.');
  else showDetails(`Failed with ${errorCode ?? 'UNKNOWN'}: ${errorMessage ?? 'it does not say why'}`);
}
