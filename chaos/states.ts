import type { QueueDefinition } from '../src/queues/definition.ts';
import { standardStates } from '../src/queues/standard.ts';

/** The words of `switchyard.job_events`, whatever a table calls its states. */
export type State = 'queued' | 'processing' | 'complete' | 'failed' | 'canceled' | 'parked';

/** @throws for a word that is none of the queue's */
export function stateOf({ name, states, parking }: QueueDefinition, word: string): State {
  if (word === parking?.state) return 'parked';
  const role = (Object.keys(states) as (keyof typeof states)[]).find((known) => states[known] === word);
  if (role === undefined) throw new Error(`"${word}" is no state of a job of ${name}`);
  return standardStates[role] as State;
}

export const endedStates: readonly State[] = ['complete', 'failed', 'canceled'];
