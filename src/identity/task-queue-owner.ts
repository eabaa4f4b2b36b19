import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
} from '@temporalio/client';
import { SetupError } from '../platform/errors.ts';
import { hasSearchAttributes } from '../platform/search-attributes.ts';
import { searchAttributes } from '../queues/search-attributes.ts';
import type { DatabaseIdentity } from './database.ts';

/** The schedule that says which database a task queue belongs to. */
export const ownerScheduleId = (taskQueue: string): string => `switchyard-owner-${taskQueue}`;

/** What the schedule says of the owner. */
type Owner = Pick<DatabaseIdentity, 'id' | 'place' | 'keptAtMs'>;

/** Each check after the first comes from a change of the owner in between. */
const mostChecks = 10;

/**
 * Makes sure that the task queue belongs to this database. One that belongs to nobody is taken: Temporal creates a schedule
 * once, so of two databases that come at once one is refused. The same database in a later place takes over from its earlier one.
 * @throws {SetupError} when the task queue belongs to another database
 */
export async function ownTaskQueue(
  client: Client,
  taskQueue: string,
  identity: DatabaseIdentity,
): Promise<void> {
  for (let checks = 0; checks < mostChecks; checks++) {
    if (await create(client, taskQueue, identity)) return;
    const owner = await ownerOf(client, taskQueue);
    if (owner === 'gone') continue;
    if (owner?.id !== identity.id) throw new SetupError(foreign(client, taskQueue, identity, owner));
    if (owner.place === identity.here) return;
    if (owner.keptAtMs >= identity.keptAtMs) throw new SetupError(replaced(taskQueue, identity, owner));
    await remove(client, taskQueue);
  }
  throw new Error(`the owner of the task queue "${taskQueue}" changes all the time`);
}

/** Made for what it says: it is paused, and has no times. */
function ownerSchedule(
  client: Client,
  taskQueue: string,
  { id, keptAtMs, here }: DatabaseIdentity,
): ScheduleOptions {
  const owner = [id, keptAtMs, here].join(' ');
  return {
    scheduleId: ownerScheduleId(taskQueue),
    spec: {},
    // The id of the workflow that it would start, as no codec changes it and no search attribute is needed for it.
    action: { type: 'startWorkflow', workflowType: 'none', taskQueue, workflowId: owner },
    state: { paused: true, note: 'Says which Switchyard database owns the task queue; never runs' },
    // Older processes read it here.
    ...(hasSearchAttributes(client) && {
      typedSearchAttributes: [{ key: searchAttributes.database, value: owner }],
    }),
  };
}

/** `false`: there is one already. */
async function create(client: Client, taskQueue: string, identity: DatabaseIdentity): Promise<boolean> {
  try {
    await client.schedule.create(ownerSchedule(client, taskQueue, identity));
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** The database that a task queue belongs to; `undefined`: it belongs to none, or that is not said. */
export async function taskQueueOwner(client: Client, taskQueue: string): Promise<Owner | undefined> {
  const owner = await ownerOf(client, taskQueue);
  return owner === 'gone' ? undefined : owner;
}

/** `undefined`: the schedule does not say. */
async function ownerOf(client: Client, taskQueue: string): Promise<Owner | 'gone' | undefined> {
  let description: ScheduleDescription;
  try {
    description = await client.schedule.getHandle(ownerScheduleId(taskQueue)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return 'gone';
    throw error;
  }
  return (
    readOwner(description.typedSearchAttributes.get(searchAttributes.database)) ??
    readOwner(description.action.workflowId)
  );
}

function readOwner(text = ''): Owner | undefined {
  const [, id, keptAtMs, place] = /^([0-9a-f-]{36}) ([\d.]+) (.+)$/.exec(text) ?? [];
  return id === undefined || place === undefined ? undefined : { id, keptAtMs: Number(keptAtMs), place };
}

async function remove(client: Client, taskQueue: string): Promise<void> {
  await client.schedule
    .getHandle(ownerScheduleId(taskQueue))
    .delete()
    .catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    });
}

function foreign(
  client: Client,
  taskQueue: string,
  { id }: DatabaseIdentity,
  owner: Owner | undefined,
): string {
  const { namespace } = client.options;
  const whose = owner === undefined ? 'an unknown database' : `the database ${owner.id}`;
  return (
    `The task queue "${taskQueue}" in the Temporal namespace "${namespace}" belongs to ${whose}; this database is ${id}. ` +
    `Two databases on one task queue would destroy each other's jobs, so nothing was touched.\n` +
    '  Give this database a task queue or a namespace of its own: TASK_QUEUE or TEMPORAL_NAMESPACE.\n' +
    '  If the other database is gone for good, release the task queue:\n' +
    `    temporal schedule delete --namespace ${namespace} --schedule-id ${ownerScheduleId(taskQueue)}`
  );
}

const replaced = (taskQueue: string, { id, here }: DatabaseIdentity, owner: Owner): string =>
  `The database ${id} has been moved: the task queue "${taskQueue}" belongs to it at ${owner.place} since ` +
  `${new Date(owner.keptAtMs).toISOString()}, and this one is at ${here}. Nothing was touched. If this one is to go on in its ` +
  'place, stop what serves the other one, then run `npm run identity -- keep` here; if it is a copy, `npm run identity -- new`.';
