import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { type Priority, TypedSearchAttributes } from '@temporalio/common';
import { chosenSearchAttributes } from '../platform/search-attributes.ts';
import { encryptionOf } from '../platform/temporal.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { searchAttributes } from '../queues/search-attributes.ts';
import type { ClaimedJob } from './claimed-job.ts';

/** How long one start may take. Well under the idle-in-transaction limit of the connection that holds the row. */
export const startDeadlineMs = 5_000;

/** A row may hold any text; Temporal refuses megabytes, and the row would never start. */
export const shortened = (text: string): string => text.slice(0, 200).toWellFormed();

/** What people know the job by in Temporal's Web UI. */
const nameOf = ({ label, id }: Pick<ClaimedJob, 'label' | 'id'>): string => shortened(label ?? id);

export function priorityOf(
  client: Client,
  { priority, share }: Pick<ClaimedJob, 'priority' | 'share'>,
): Priority {
  return {
    priorityKey: priorityKeyOf(priority),
    ...(share !== null && {
      fairnessKey: encryptionOf(client)?.pseudonymOf(share) ?? fairnessKeyOf(share),
    }),
  };
}

/** The search attributes that each workflow of ours carries, as `SEARCH_ATTRIBUTES` says; none where the namespace does not know them. */
export function searchAttributesOf(
  client: Client,
  queue: QueueDefinition,
  job: Pick<ClaimedJob, 'label' | 'id'>,
): TypedSearchAttributes {
  const choice = chosenSearchAttributes(client);
  if (choice === 'off') return new TypedSearchAttributes([]);
  return new TypedSearchAttributes([
    { key: searchAttributes.queue, value: queue.name },
    // Search attributes are never encrypted, and a file's name may say too much.
    { key: searchAttributes.name, value: encryptionOf(client) === undefined ? nameOf(job) : job.id },
    ...(queue.database === undefined || choice === 'names'
      ? []
      : [{ key: searchAttributes.database, value: queue.database }]),
  ]);
}

/** Temporal takes 64 bytes at most. */
function fairnessKeyOf(share: string): string {
  const bytes = Buffer.from(share);
  return bytes.length <= 64 ? share : createHash('sha256').update(bytes).digest('hex');
}

/**
 * Temporal knows five priorities, 1 first, 3 by default; rows know any number, lower first, 0 by default.
 * https://docs.temporal.io/develop/task-queue-priority-fairness
 */
export function priorityKeyOf(priority: number): number {
  if (priority <= -10) return 1;
  if (priority < 0) return 2;
  if (priority === 0) return 3;
  return priority < 10 ? 4 : 5;
}
