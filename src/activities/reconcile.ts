import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { JobFiles } from './job-files.ts';
import { PassedOver } from './passed-over.ts';
import { removeOrphanedFiles, sweepTemporaryFiles } from './reconcile-files.ts';
import { reconcileRows } from './reconcile-rows.ts';
import { removeLeftTries } from './reconcile-tries.ts';
import { reconcileWorkflows } from './reconcile-workflows.ts';
import type { Results } from './results.ts';
import { removeExpiredEvents, removeExpiredJobs } from './retention.ts';

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

export interface ReconcileDeps {
  pool: Pool;
  client: Client;
  queues: readonly QueueDefinition[];
  files: readonly JobFiles[];
  results: Pick<Results, 'sweep'>;
  /**
   * In milliseconds: workflows that are younger, and rows that ended since, are not looked at from Temporal's side. A
   * workflow ends a little later than its row, and Temporal's search lags behind both.
   */
  settledMs: number;
  /** In milliseconds; 0: for ever. */
  keepJobsMs: number;
  keepEventsMs: number;
  /** Rows that did not take their repair. */
  passedOver: PassedOver;
  log: Logger;
}

/** The rules of the reconciler and of retention, one activity each. All may be run at any time, and twice. */
export function createReconcileActivities(given: Omit<ReconcileDeps, 'passedOver'>) {
  const deps: ReconcileDeps = { ...given, passedOver: new PassedOver() };
  const find = (name: string): QueueDefinition => {
    const queue = deps.queues.find((known) => known.name === name);
    if (queue === undefined) throw new Error(`this worker knows no queue "${name}"`);
    return queue;
  };
  return {
    reconcileRows: ({ queue }: { queue: string }): Promise<void> => reconcileRows(deps, find(queue)),
    reconcileWorkflows: ({ queue }: { queue: string }): Promise<void> =>
      reconcileWorkflows(deps, find(queue)),
    async reconcileFiles(): Promise<void> {
      await sweepTemporaryFiles(deps);
      for (const files of deps.files) {
        await removeOrphanedFiles(deps, files);
        await removeLeftTries(deps, files);
      }
    },
    removeExpiredJobs: ({ queue }: { queue: string }): Promise<void> => removeExpiredJobs(deps, find(queue)),
    removeExpiredEvents: (): Promise<void> => removeExpiredEvents(deps),
  };
}
