import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { readIdentity } from '../../../src/identity/database.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { type QueueDefinition, workflowIdOf } from '../../../src/queues/definition.ts';
import { Signals } from '../../../src/starter/signals.ts';
import { Starter } from '../../../src/starter/starter.ts';
import { workflowBundle } from '../../../src/worker/bundle.ts';
import { createWorker } from '../../../src/worker/worker.ts';
import { createLettersDatabase } from '../letters/database.ts';
import { recordingLogger, silentLogger } from '../logger.ts';
import { connectTemporal, namespace } from '../temporal.ts';
import { until } from '../until.ts';
import type { ParcelActivities } from './activities.ts';
import { createParcels, insertParcel, type ParcelRow, readParcel } from './table.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
export const workflows = {
  entry: path('test/support/parcels/workflows.ts'),
  sources: [path('src'), path('test/support/parcels'), path('package-lock.json')],
  cache: path('node_modules/.cache/switchyard'),
};

/** Starter, worker, Postgres and Temporal together for jobs of several steps, each the real one. */
export interface PostOffice {
  databaseUrl: string;
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  /** What the steps of a parcel do. */
  steps: ParcelActivities;
  lines: Record<string, unknown>[];
  /** Starts a worker whose row writes go through this pool; answers what stops it. */
  startWorker(pool?: Pool): Promise<() => Promise<void>>;
  /** Inserts a parcel and starts its workflow, of this type. Answers its id. */
  send(workflowType?: string, fields?: Record<string, unknown>): Promise<string>;
  start(workflowType?: string): Promise<void>;
  workflow(id: string): WorkflowHandle;
  signals(): Signals;
  untilStatus(id: string, status: string): Promise<ParcelRow>;
  /** Resets the newest run to its first workflow task that completed after this activity did. Answers the new run's id. */
  resetAfter(id: string, activity: string): Promise<string>;
  close(): Promise<void>;
}

export async function openPostOffice(): Promise<PostOffice> {
  const database = await createLettersDatabase();
  const temporal = await connectTemporal();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const taskQueue = `parcels-${randomUUID()}`;
  const { id } = await readIdentity(pool);
  const queue = { ...(await createParcels(pool, taskQueue)), database: id };
  const { log, lines } = recordingLogger();
  const stops: (() => Promise<void>)[] = [];
  const { client } = temporal;
  const workflow = (parcel: string) => client.workflow.getHandle(workflowIdOf(queue, parcel));

  const office: PostOffice = {
    databaseUrl: database.url,
    pool,
    client,
    queue,
    lines,
    steps: {
      weigh: async () => 300,
      printLabel: async () => 'P-1',
      handOver: async () => undefined,
      tell: async () => undefined,
    },
    async startWorker(workerPool = pool) {
      const settings = withDefaults({
        databaseUrl: database.url,
        taskQueue,
        shutdownGraceMs: 0,
        workerId: `worker-${stops.length + 1}`,
      });
      const activities: ParcelActivities = {
        weigh: (run) => office.steps.weigh(run),
        printLabel: (run) => office.steps.printLabel(run),
        handOver: (run) => office.steps.handOver(run),
        tell: (code) => office.steps.tell(code),
      };
      const built = await createWorker([queue], {
        settings,
        queues: [queue],
        pipelines: [{ work: { parcels: async () => ({ createActivities: () => ({ ...activities }) }) } }],
        connection: temporal.connection,
        dataConverter: {},
        client,
        pool: workerPool,
        database: id,
        bundlePath: await workflowBundle(undefined, workflows),
        log,
      });
      const stopping = Promise.withResolvers<void>();
      const running = built.runUntil(stopping.promise);
      const stop = async () => {
        stopping.resolve();
        await running;
      };
      stops.push(stop);
      return stop;
    },
    async start(workflowType = queue.workflowType) {
      const own = { ...queue, workflowType };
      const starter = new Starter({ pool, client, queue: own, workerId: 'starter-1', log });
      await until(async () => (await starter.runOnce()).started === 1);
    },
    async send(workflowType, fields) {
      const parcel = await insertParcel(pool, fields);
      await office.start(workflowType);
      return parcel;
    },
    workflow,
    signals: () => new Signals({ pool, client, queue, log: silentLogger }),
    untilStatus: (parcel, status) =>
      until(async () => {
        const row = await readParcel(pool, parcel);
        return row.status === status && row;
      }),
    resetAfter: (parcel, activity) => resetAfter(client, workflowIdOf(queue, parcel), activity),
    async close() {
      await Promise.all(stops.map((stop) => stop()));
      await temporal.close();
      await pool.end();
      await database.drop();
    },
  };
  return office;
}

async function resetAfter(client: Client, workflowId: string, activity: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
  const done = events.findIndex((event) =>
    event.activityTaskCompletedEventAttributes?.scheduledEventId?.equals(scheduled?.eventId ?? 0),
  );
  const task = events.slice(done).find((event) => event.workflowTaskCompletedEventAttributes != null);
  if (done < 0 || task === undefined) throw new Error(`${activity} has not been done yet`);
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId ?? null,
  });
  return answer.runId;
}
