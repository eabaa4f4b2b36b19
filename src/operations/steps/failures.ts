import type { temporal } from '@temporalio/proto';
import type { WorkflowStep } from '../views.ts';

type Failure = temporal.api.failure.v1.IFailure;

const mostCharacters = 1_000;

/** What failed a step. The words are left out where they are encrypted. */
export function failureOf(failure: Failure | null | undefined): WorkflowStep['failure'] {
  if (failure === null || failure === undefined) return null;
  const isEncrypted = failure.encodedAttributes !== null && failure.encodedAttributes !== undefined;
  return {
    type: failure.applicationFailureInfo?.type || null,
    message: isEncrypted ? null : (failure.message ?? '').slice(0, mostCharacters),
  };
}
