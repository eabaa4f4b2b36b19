import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Settings } from '../platform/config.ts';
import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import { ensureSearchAttributes } from '../platform/temporal.ts';
import { type ReconcileInput, reconcilerId, reconcilerTaskQueue } from '../queues/reconciler.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';

type ScheduleSettings = Pick<Settings, 'taskQueue' | 'reconcileIntervalMs'>;

/** Passes that were missed while Temporal was down are not made up for: one pass sees all there is. */
const catchupWindowMs = 10_000;
const ensureEveryMs = { least: 30_000, most: 60_000 };

function scheduleOptions(settings: ScheduleSettings, queues: string[]): ScheduleOptions {
  const { taskQueue } = settings;
  const input: ReconcileInput = { queues, taskQueue: reconcilerTaskQueue(taskQueue) };
  return {
    scheduleId: reconcilerId(taskQueue),
    spec: { intervals: [{ every: settings.reconcileIntervalMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchupWindowMs },
    action: {
      type: 'startWorkflow',
      workflowType: 'reconcile',
      workflowId: reconcilerId(taskQueue),
      taskQueue,
      args: [input],
      workflowRunTimeout: '2 hours',
    },
  };
}

/** Makes the schedule if it is not there. Answers whether it was there already; many workers may ask at once. */
export async function ensureReconciler(
  client: Client,
  settings: ScheduleSettings,
  queues: string[],
): Promise<'made' | 'there'> {
  try {
    await client.schedule.create(scheduleOptions(settings, queues));
    return 'made';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return 'there';
    throw error;
  }
}

/** The same at a worker's start, when its settings and queues may be newer than the schedule. A paused one stays paused. */
export async function renewReconciler(
  client: Client,
  settings: ScheduleSettings,
  queues: string[],
): Promise<void> {
  if ((await ensureReconciler(client, settings, queues)) === 'made') return;
  const { spec, policies, action } = scheduleOptions(settings, queues);
  await client.schedule
    .getHandle(reconcilerId(settings.taskQueue))
    .update(({ state }) => ({ spec, policies: policies ?? {}, action, state }));
}

/**
 * Renews the schedule, then looks every half to whole minute that it is there, until the signal: a namespace that lost
 * its data lost schedule and search attributes too. What Temporal refuses is logged and tried again; jobs run meanwhile.
 */
export async function keepReconciler(
  context: { client: Client; settings: ScheduleSettings; queues: string[]; log: Logger; signal: AbortSignal },
  every = ensureEveryMs,
): Promise<void> {
  const { client, settings, queues, log, signal } = context;
  let renewed = false;
  while (!signal.aborted) {
    try {
      await ensureSearchAttributes(client, searchAttributeNames);
      if (!renewed) await renewReconciler(client, settings, queues);
      else if ((await ensureReconciler(client, settings, queues)) === 'made')
        log.warn('the schedule of the reconciler was gone; it was made again');
      renewed = true;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the schedule of the reconciler could not be looked at');
    }
    await sleep(every.least + Math.random() * (every.most - every.least), signal);
  }
}
