import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition, WatchedWorkflow } from './definition.ts';
import { standardColumns, standardOrder, standardStates } from './standard.ts';

/** A row of `switchyard.queues` that defines a watched queue, as `sql/registry.ts` reads it. */
export interface WatchedQueueRow {
  name: string;
  id_type: QueueDefinition['idType'];
  workflow: string;
  task_queue: string;
  input_is_args: boolean;
  execution_timeout_ms: number | null;
  run_timeout_ms: number | null;
  max_in_flight: number | null;
  max_per_key: number | null;
  fair: boolean;
  /** As SQL, quoted by Postgres. */
  source: string | null;
  source_id: string | null;
  /** Columns of the source by the fields of the job. */
  mirror: Record<string, string> | null;
}

/** The schema of the job tables of watched queues. */
export const watchedSchema = 'switchyard_jobs';

/** The definition of a watched queue: its table is made from one template, so all but a few names are the same for all. */
export function watchedQueue(
  row: WatchedQueueRow,
  { claimBatch }: Pick<Settings, 'claimBatch'>,
): QueueDefinition {
  return {
    name: row.name,
    table: `${watchedSchema}.${row.name}`,
    columns: { ...standardColumns, label: 'workflow_id' },
    resultColumns: ['result', 'result_note'],
    states: standardStates,
    order: standardOrder,
    claimIndex: `${row.name}_claim_idx`,
    key: {
      column: 'key',
      claimIndex: `${row.name}_claim_by_key_idx`,
      ...(row.max_per_key !== null && { maxInFlight: row.max_per_key }),
    },
    idType: row.id_type,
    batch: claimBatch,
    maxInFlight: row.max_in_flight,
    fair: row.fair,
    needs: [],
    maxWaitMs: 0,
    workflowType: row.workflow,
    taskQueue: row.task_queue,
    deadlineMs: row.execution_timeout_ms,
    lostWorkflow: 'fail',
    watched: workflowOf(row),
  };
}

function workflowOf(row: WatchedQueueRow): WatchedWorkflow {
  return {
    inputIsArgs: row.input_is_args,
    ...(row.execution_timeout_ms !== null && { executionTimeoutMs: row.execution_timeout_ms }),
    ...(row.run_timeout_ms !== null && { runTimeoutMs: row.run_timeout_ms }),
    ...(row.source !== null &&
      row.source_id !== null &&
      row.mirror !== null && { mirror: { source: row.source, id: row.source_id, columns: row.mirror } }),
  };
}
