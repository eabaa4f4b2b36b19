import type { Client } from '@temporalio/client';
import type { Settings } from '../../platform/settings.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { reconcilerTaskQueue } from '../../queues/reconciler.ts';
import { rowTaskQueue } from '../../queues/standard.ts';
import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import type { InspectedQueue } from './queues.ts';

/** `TASK_QUEUE_TYPE_…` of temporal.api.enums.v1. */
const types = { workflows: 1, activities: 2 } as const;
const describesAtOnce = 8;

interface Polled {
  name: string;
  type: keyof typeof types;
  for: string;
}

/** Whether workers poll each task queue that jobs need: without one workflows start, and do nothing. */
export const pollers: Check = {
  name: 'the pollers of task queues',
  needs: ['queues', 'temporal'],
  async find({ client, queues, queuesOff, settings }) {
    const without: Polled[] = [];
    const off = await queuesOff();
    const served = queues.filter(({ name }) => !off.has(name));
    const all = polledBy(served, settings);
    await eachSideBySide(all, describesAtOnce, async (polled) => {
      if (!(await isPolled(client, polled))) without.push(polled);
    });
    const ours = all.filter(isOurs(settings));
    const none = ours.length > 1 && ours.every((polled) => without.includes(polled));
    const others = none ? without.filter((polled) => !ours.includes(polled)) : without;
    return [...(none ? [noWorker(ours, settings)] : []), ...others.map(noPoller)];
  },
};

/** Those of the engine and of the application, which have names that begin with TASK_QUEUE. */
const isOurs =
  ({ taskQueue }: Settings) =>
  ({ name }: Polled) =>
    name === taskQueue || name.startsWith(`${taskQueue}-`);

const wayOut =
  'Run a worker of that task queue, or correct TASK_QUEUE, the namespace or the task queue of the queue.';

const noPoller = ({ name, type, for: what }: Polled): Finding =>
  found('NO_POLLER', `task queue ${name}`, `no worker polls it for ${type}, which ${what} need`, wayOut);

/** One finding instead of one for each part of a worker. */
const noWorker = (ours: readonly Polled[], { taskQueue }: Settings): Finding =>
  found(
    'NO_POLLER',
    `task queue ${taskQueue}`,
    `no worker of Switchyard runs: nobody polls ${ours.map(({ name }) => name).join(', ')}`,
    'Run: switchyard start worker; or correct TASK_QUEUE or the namespace.',
  );

async function isPolled(client: Client, { name, type }: Polled): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType: types[type],
  });
  return (pollers?.length ?? 0) > 0;
}

/** Each task queue once for each kind, with the queues that need it. */
function polledBy(queues: readonly InspectedQueue[], settings: Settings): Polled[] {
  const needed = queues.flatMap(({ name, kind, taskQueue, definition }) => {
    const of = `jobs of the queue ${name}`;
    if (kind === 'watched') return taskQueue === null ? [] : [polled(taskQueue, 'workflows', of)];
    if (definition === undefined) return [];
    return [
      polled(definition.taskQueue, 'workflows', of),
      polled(definition.workTaskQueue ?? definition.taskQueue, 'activities', of),
    ];
  });
  const ofEngine = queues.some(({ definition, kind }) => kind === 'fenced' && definition !== undefined)
    ? [
        polled(rowTaskQueue(settings), 'activities', 'the ends of jobs'),
        polled(reconcilerTaskQueue(settings.taskQueue), 'activities', 'repairs and retention'),
      ]
    : [];
  return merged([...needed, ...ofEngine]);
}

const polled = (name: string, type: Polled['type'], what: string): Polled => ({ name, type, for: what });

function merged(all: readonly Polled[]): Polled[] {
  const byQueue = new Map<string, Polled>();
  for (const one of all) {
    const key = `${one.type} ${one.name}`;
    const known = byQueue.get(key);
    byQueue.set(key, known === undefined ? one : { ...known, for: `${known.for}, ${one.for}` });
  }
  return [...byQueue.values()];
}
