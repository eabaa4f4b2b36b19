import { LostTasks } from '../../platform/lost-tasks.ts';
import { RowBackoff } from '../../platform/row-backoff.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import { refuseForeign } from '../work/interruptions.ts';
import type { ReconcileDeps } from './deps.ts';
import { removeLeftTries } from './left-tries.ts';
import { removeOrphanedFiles, sweepTemporaryFiles } from './orphaned-files.ts';
import { removeExpiredEvents, removeExpiredJobs } from './retention.ts';
import { reconcileRows } from './rows.ts';
import { reconcileWorkflows } from './workflows.ts';

/** The database whose schedule asks. */
interface OfDatabase {
  database?: string;
}
interface OfQueue extends OfDatabase {
  queue: string;
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** The rules of the reconciler and of retention, one activity each. All may be run at any time, and twice. */
export function createReconcileActivities({
  lostTaskAfterMs,
  ...given
}: Omit<ReconcileDeps, 'backoff' | 'lostTasks'> & { lostTaskAfterMs: number }) {
  const lostTasks = new LostTasks(given.client, lostTaskAfterMs);
  const deps: ReconcileDeps = { ...given, backoff: new RowBackoff(), lostTasks };
  const find = ({ queue: name, ...asked }: OfQueue): QueueDefinition => {
    const queue = deps.queues.find((known) => known.name === name);
    if (queue === undefined) throw new Error(`this worker knows no queue "${name}"`);
    refuseForeign(queue.database, asked);
    return queue;
  };
  /** Watched queues are the starters': see starter/watch. */
  const unlessWatched = async (
    of: OfQueue,
    rule: (deps: ReconcileDeps, queue: QueueDefinition) => Promise<void>,
  ) => {
    const queue = find(of);
    if (queue.watched === undefined) await rule(deps, queue);
  };
  const refuse = (of: OfDatabase) => refuseForeign(deps.queues[0]?.database, of);
  return {
    reconcileRows: async (of: OfQueue): Promise<void> => unlessWatched(of, reconcileRows),
    reconcileWorkflows: async (of: OfQueue): Promise<void> => unlessWatched(of, reconcileWorkflows),
    async reconcileFiles(of: OfDatabase = {}): Promise<void> {
      refuse(of);
      await sweepTemporaryFiles(deps);
      for (const files of deps.files) {
        await removeOrphanedFiles(deps, files);
        await removeLeftTries(deps, files);
      }
    },
    removeExpiredJobs: async (of: OfQueue): Promise<void> => unlessWatched(of, removeExpiredJobs),
    async removeExpiredEvents(of: OfDatabase = {}): Promise<void> {
      refuse(of);
      await removeExpiredEvents(deps);
    },
  };
}
