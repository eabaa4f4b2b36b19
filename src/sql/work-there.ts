import { quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** Whether there is anything to do for one of these watched queues: each answer is found by a partial index. */
export const workThere = (queues: readonly QueueDefinition[]): string => `
      SELECT (EXISTS (SELECT FROM switchyard.signals WHERE status = 'waiting')${queues
        .map(({ table }) => quoteName(table))
        .map(
          (table) => `
          OR EXISTS (SELECT FROM ${table} WHERE status = 'queued' AND run_at IS NULL)
          OR EXISTS (SELECT FROM ${table} WHERE status = 'queued' AND run_at IS NOT NULL AND run_at <= clock_timestamp())
          OR EXISTS (SELECT FROM ${table} WHERE status = 'processing')
          OR EXISTS (SELECT FROM ${table} WHERE mirror_due)`,
        )
        .join('')}) AS there`;

/** What stands before the workflow ids of the database's jobs; NULL: nobody has said. */
export const workflowIdPrefix = 'SELECT switchyard.workflow_id_prefix() AS prefix';
