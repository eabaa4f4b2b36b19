import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { housekeepingId, reconcilerId } from '../../queues/reconciler.ts';
import type { Finding } from '../views.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';
import { msOf, orMissing } from './temporal-answers.ts';

type Schedule = temporal.api.workflowservice.v1.IDescribeScheduleResponse;

/** Of the last passes so many are looked at. */
const lastPasses = 3;

/** Whether the schedules are there, run, and come through. Asked below the SDK, which would decode what they are given. */
export const reconciler: Check = {
  name: 'the reconciler',
  needs: ['temporal'],
  async find(context) {
    const { taskQueue } = context.settings;
    const ids = [reconcilerId(taskQueue), housekeepingId(taskQueue)];
    return (await Promise.all(ids.map((id) => scheduleFindings(context, id)))).flat();
  },
};

async function scheduleFindings(context: CheckContext, id: string): Promise<Finding[]> {
  const { client } = context;
  const schedule = await orMissing(
    client.workflowService.describeSchedule({ namespace: client.options.namespace, scheduleId: id }),
  );
  if (schedule === undefined) return [missing(id)];
  if (schedule.schedule?.state?.paused) return [paused(id, schedule.schedule.state.notes ?? '')];
  const ends = await lastEnds(client, schedule);
  if (ends.length === lastPasses && ends.every((end) => end in failures)) return [fails(id, ends)];
  return late(context, id, schedule);
}

const missing = (id: string): Finding =>
  found(
    'RECONCILER_MISSING',
    `schedule ${id}`,
    'it does not exist: rows whose workflow was ended from outside stay in flight, and retention removes nothing',
    'Run a worker, which makes it: switchyard start worker',
  );

const paused = (id: string, note: string): Finding =>
  found(
    'RECONCILER_PAUSED',
    `schedule ${id}`,
    `it is paused${note === '' ? '' : ` (${note})`}: rows and workflows that do not fit are not mended`,
    `temporal schedule toggle --schedule-id ${id} --unpause --reason …`,
  );

const fails = (id: string, ends: readonly number[]): Finding =>
  found(
    'RECONCILER_FAILS',
    `schedule ${id}`,
    `its last ${ends.length} passes ended as ${[...new Set(ends.map((end) => failures[end]))].join(', ')}`,
    `See why: temporal workflow list --query 'WorkflowId STARTS_WITH "${id}"'`,
  );

/** Ends of workflows that are failures, of temporal.api.enums.v1.WorkflowExecutionStatus. */
const failures: Readonly<Record<number, string>> = {
  3: 'failed',
  4: 'canceled',
  5: 'terminated',
  7: 'timed out',
};
const running = 1;

/** How the last passes ended, without one that still runs. */
async function lastEnds({ workflowService, options }: Client, { info }: Schedule): Promise<number[]> {
  const runs = (info?.recentActions ?? []).flatMap(({ startWorkflowResult }) => startWorkflowResult ?? []);
  const answers = await Promise.all(
    runs
      .slice(-lastPasses - 1)
      .map((execution) =>
        orMissing(workflowService.describeWorkflowExecution({ namespace: options.namespace, execution })),
      ),
  );
  return answers
    .flatMap((answer) => answer?.workflowExecutionInfo?.status ?? [])
    .filter((status) => status !== running)
    .slice(-lastPasses);
}

/** Since the last pass, or since the schedule was made or changed. */
function late({ limits, now }: CheckContext, id: string, { schedule, info }: Schedule): Finding[] {
  const everyMs = msOf(schedule?.spec?.interval?.[0]?.interval);
  const passes = (info?.recentActions ?? []).map(({ actualTime }) => actualTime);
  const sinceMs = now() - Math.max(...[info?.createTime, info?.updateTime, ...passes].map(msOf));
  if (everyMs === 0 || sinceMs <= Math.max(limits.missedPasses * everyMs, limits.settledMs)) return [];
  return [
    found(
      'RECONCILER_LATE',
      `schedule ${id}`,
      `its last pass began ${spanOf(sinceMs)} ago, and there is one every ${spanOf(everyMs)}`,
      'Is a pass still running (temporal workflow list)? Is a worker polling? See NO_POLLER.',
    ),
  ];
}
