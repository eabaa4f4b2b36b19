import { proxyActivities } from '@temporalio/workflow';
import type { ReconcileActivities } from '../activities/reconciler/activities.ts';
import type { ReconcileInput } from '../queues/reconciler.ts';
import { shortSummary } from './run-job.ts';

/**
 * A task that no worker takes for so long is given up, and with it the pass. A Temporal cluster whose processes were killed has been seen to lose one:
 * the pass, and every later one, would wait for it for an hour. Waiting for a place takes seconds.
 */
const scheduleToStartTimeout = '10 minutes';

const rulesOn = (taskQueue: string, summary: string) =>
  proxyActivities<ReconcileActivities>({
    summary: shortSummary(summary),
    taskQueue,
    scheduleToStartTimeout,
    startToCloseTimeout: '1 hour',
    scheduleToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 5 },
  });

/**
 * One pass of the reconciler: every rule side by side, each an activity of its own, so that one which cannot go on keeps
 * no other; it fails after a few tries, and the next pass begins anew. The schedule starts no second one while one runs.
 */
export async function reconcile({ queues, taskQueue, ...of }: ReconcileInput): Promise<void> {
  const passes = queues.flatMap((queue) => {
    const rules = rulesOn(taskQueue, queue);
    return [rules.reconcileRows({ queue, ...of }), rules.reconcileWorkflows({ queue, ...of })];
  });
  const outcomes = await Promise.allSettled(passes);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** What is too old, and files that no row names: one after the other, as it may take long and must keep no repair waiting. */
export async function housekeep({ queues, taskQueue, ...of }: ReconcileInput): Promise<void> {
  const rules = rulesOn(taskQueue, 'Every queue');
  const failures: unknown[] = [];
  const note = (failure: unknown) => void failures.push(failure);
  for (const queue of queues)
    await rulesOn(taskQueue, queue)
      .removeExpiredJobs({ queue, ...of })
      .catch(note);
  await rules.reconcileFiles(of).catch(note);
  await rules.removeExpiredEvents(of).catch(note);
  if (failures.length > 0) throw failures[0];
}
