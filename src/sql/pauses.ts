import { quoteLiteral, quoteLiterals } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';

type Pausable = Pick<QueueDefinition, 'name' | 'needs'>;

/** The condition of a row of `switchyard.pauses` that holds the queue, or a key of it, now. */
export const holdsQueueOrKey = ({ name, needs }: Pausable): string =>
  `resumed_at IS NULL AND (queue = ${quoteLiteral(name)} OR system IN (${quoteLiterals([...needs, ''])}))`;

/** The same, of one that holds the whole queue. */
export const holdsQueue = (queue: Pausable): string => `${holdsQueueOrKey(queue)} AND scope <> 'key'`;
