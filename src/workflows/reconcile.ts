import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ReconcileActivities } from '../activities/reconcile.ts';
import type { ReconcileInput, ReconcileResult } from '../queues/reconciler.ts';

/** Files and what is too old are looked at as often as this; rows and workflows at every pass. */
const housekeepingEveryMs = 60 * 60 * 1000;

/**
 * One pass of the reconciler: every rule side by side, each an activity of its own, so that one which cannot go on keeps
 * no other; it fails after a few tries, and the next pass begins anew. The schedule starts no second one while one runs.
 */
export async function reconcile({ queues, taskQueue }: ReconcileInput): Promise<ReconcileResult> {
  const rules = proxyActivities<ReconcileActivities>({
    taskQueue,
    startToCloseTimeout: '1 hour',
    scheduleToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 5 },
  });
  const last = (workflowInfo().lastResult as ReconcileResult | undefined)?.housekeptAt ?? 0;
  const now = Date.now();
  const housekeeping = now - last >= housekeepingEveryMs;

  const passes = queues.flatMap((queue) => [
    rules.reconcileRows({ queue }),
    rules.reconcileWorkflows({ queue }),
    ...(housekeeping ? [rules.removeExpiredJobs({ queue })] : []),
  ]);
  if (housekeeping) passes.push(rules.reconcileFiles(), rules.removeExpiredEvents());
  const outcomes = await Promise.allSettled(passes);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { housekeptAt: housekeeping ? now : last };
}
