import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { Logger } from '../platform/logging.ts';
import { LostTasks } from '../platform/lost-tasks.ts';
import { ensureSearchAttributes, lacksSearchAttributes } from '../platform/search-attributes.ts';
import type { Settings } from '../platform/settings.ts';
import { sleep } from '../platform/shutdown.ts';
import {
  housekeepingId,
  type ReconcileInput,
  reconcilerId,
  reconcilerTaskQueue,
} from '../queues/reconciler.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { renewLostPasses } from './lost-passes.ts';

/** With the database whose rows are reconciled. */
type ScheduleSettings = Pick<Settings, 'taskQueue' | 'reconcileIntervalMs' | 'lostTaskAfterMs'> & {
  database: string;
};

/** Passes that were missed while Temporal was down are not made up for: one pass sees all there is. */
const catchupWindowMs = 10_000;
const housekeepingEveryMs = 60 * 60 * 1000;
const ensureEveryMs = { least: 30_000, most: 60_000 };
/**
 * Runs of the reconciler belong to a division of the namespace, as those of Temporal's own schedules do: lists that do not ask for it leave
 * them out. `TemporalNamespaceDivision = "switchyard"` finds them.
 */
const division = new TypedSearchAttributes([
  { key: defineSearchAttributeKey('TemporalNamespaceDivision', 'KEYWORD'), value: 'switchyard' },
]);

/** For all that one check asks of Temporal. */
const checkDeadlineMs = 10_000;

function schedulesOf({ taskQueue, reconcileIntervalMs, database }: ScheduleSettings, queues: string[]) {
  const input: ReconcileInput = { queues, taskQueue: reconcilerTaskQueue(taskQueue), database };
  const schedule = (scheduleId: string, workflowType: string, every: number, runTimeout: '2h' | '12h') =>
    ({
      scheduleId,
      spec: { intervals: [{ every }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchupWindowMs },
      action: {
        type: 'startWorkflow',
        workflowType,
        workflowId: scheduleId,
        taskQueue,
        args: [input],
        workflowRunTimeout: runTimeout,
        typedSearchAttributes: division,
      },
    }) satisfies ScheduleOptions;
  return [
    schedule(reconcilerId(taskQueue), 'reconcile', reconcileIntervalMs, '2h'),
    schedule(housekeepingId(taskQueue), 'housekeep', housekeepingEveryMs, '12h'),
  ];
}

/** Does it without the division where Temporal refuses that. */
async function dividedIfMay<T>(
  schedule: ScheduleOptions,
  act: (schedule: ScheduleOptions) => Promise<T>,
): Promise<T> {
  try {
    return await act(schedule);
  } catch (error) {
    if (!lacksSearchAttributes(error)) throw error;
    const { typedSearchAttributes: _, ...action } = schedule.action;
    return act({ ...schedule, action });
  }
}

/** Makes the schedule if it is not there. Answers whether it was there already; many workers may ask at once. */
async function ensure(client: Client, schedule: ScheduleOptions): Promise<'made' | 'there'> {
  try {
    await client.schedule.create(schedule);
    return 'made';
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return 'there';
    throw error;
  }
}

/** Makes those of the reconciler's schedules that are not there. Answers their ids. */
export async function ensureReconciler(
  client: Client,
  settings: ScheduleSettings,
  queues: string[],
): Promise<string[]> {
  const made: string[] = [];
  for (const schedule of schedulesOf(settings, queues)) {
    const state = await dividedIfMay(schedule, (own) => ensure(client, own));
    if (state === 'made') made.push(schedule.scheduleId);
  }
  return made;
}

/** The same at a worker's start, when its settings and queues may be newer than the schedules. A paused one stays paused. */
export async function renewReconciler(
  client: Client,
  settings: ScheduleSettings,
  queues: string[],
): Promise<void> {
  for (const schedule of schedulesOf(settings, queues)) {
    await dividedIfMay(schedule, async (own) => {
      if ((await ensure(client, own)) === 'made') return;
      const { scheduleId, spec, policies = {}, action } = own;
      await client.schedule.getHandle(scheduleId).update(({ state }) => ({ spec, policies, action, state }));
    });
  }
}

/**
 * Renews the schedules, then checks every half to whole minute that they are there, until the signal: a namespace that lost
 * its data lost schedules and search attributes too. What Temporal lost of a pass that runs is scheduled again. What Temporal refuses is logged and tried again; jobs run meanwhile.
 */
export async function keepReconciler(
  context: { client: Client; settings: ScheduleSettings; queues: string[]; log: Logger; signal: AbortSignal },
  every = ensureEveryMs,
): Promise<void> {
  const { client, settings, queues, log, signal } = context;
  const lostTasks = new LostTasks(client, settings.lostTaskAfterMs);
  let renewed = false;
  const check = async () => {
    await ensureSearchAttributes(client, searchAttributeNames);
    if (!renewed) await renewReconciler(client, settings, queues);
    else {
      for (const schedule of await ensureReconciler(client, settings, queues))
        log.warn({ schedule }, 'a schedule of the reconciler was gone; it was made again');
    }
    renewed = true;
    for (const id of [reconcilerId(settings.taskQueue), housekeepingId(settings.taskQueue)])
      for (const what of await renewLostPasses(client, id, lostTasks))
        log.warn({ what }, 'a pass of the reconciler goes on');
  };
  while (!signal.aborted) {
    try {
      await client.withDeadline(Date.now() + checkDeadlineMs, () => client.withAbortSignal(signal, check));
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the schedules of the reconciler could not be checked');
    }
    await sleep(every.least + Math.random() * (every.most - every.least), signal);
  }
}
