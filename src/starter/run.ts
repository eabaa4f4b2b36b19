import { identify, whileOwned } from '../identity/watch.ts';
import { tellQueues } from '../operations/queue-figures.ts';
import type { HealthCheck } from '../platform/health.ts';
import { postgresCheck, temporalCheck } from '../platform/health-checks.ts';
import { serveHealth } from '../platform/health-server.ts';
import { keepHistory } from '../platform/history.ts';
import type { ProcessContext } from '../platform/process.ts';
import { applicationNameOf, processName } from '../platform/process-name.ts';
import { untilReached } from '../platform/reach.ts';
import { openRolePool } from '../platform/role-pool.ts';
import { createTemporalClient, loadTemporalConfig } from '../platform/temporal.ts';
import { startTracing } from '../platform/tracing.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { writeDefinitions } from '../registry/noted-definitions.ts';
import { requireRegistry } from '../registry/watched-queues.ts';
import { createExternalStorage } from '../storage/payloads.ts';
import { requireSchema, schemaFits } from '../verify/schema.ts';
import { verifyStarter } from '../verify/start.ts';
import { ClaimPasses, staleAfterMs } from './claim-passes.ts';
import { Doorbell, silenceBells } from './doorbell.ts';
import { serveQueue } from './serve-queue.ts';
import { createWatchShare } from './watch/run-watch.ts';
import { type WatchedChoice, WatchedQueues } from './watched-queues.ts';

/**
 * The starter role: from settings to a clean end at the signal. Waits for Postgres and Temporal, as long as it takes.
 * @param queues those of an application, which must fit the database
 * @param options.watched which queues of the registry it serves as well, as they come and go; left out: all
 */
export async function runStarter(
  context: ProcessContext,
  queues: readonly QueueDefinition[],
  { watched = 'all' }: { watched?: WatchedChoice } = {},
): Promise<void> {
  const { log, signal } = context;
  const settings = { ...context.settings, workerId: processName('starter', context.settings) };
  const tracing = await startTracing('starter');
  const pool = openRolePool('starter', context);
  const client = createTemporalClient(
    loadTemporalConfig(settings, createExternalStorage(settings)),
    settings.workerId,
    tracing?.clientInterceptors,
  );
  const doorbell = doorbellOf(context);
  const own = queues.map((queue) => ({ queue, passes: new ClaimPasses(queue.name, log) }));
  const untell = tellQueues(pool);
  const checks = new Set<HealthCheck>([
    postgresCheck(pool),
    temporalCheck(client),
    ...own.map(({ passes }) => passes.check(staleAfterMs(settings))),
  ]);
  let health: Awaited<ReturnType<typeof serveHealth>> | undefined;
  try {
    // First, so that a starter which waits for Postgres or Temporal says that it lives, and what it lacks.
    if (settings.healthPort !== undefined)
      health = await serveHealth(settings.healthPort, checks, settings.healthHost);
    const place = { client, pool, taskQueue: settings.taskQueue, log };
    const identity = await untilReached('Postgres or Temporal', { log, signal }, async () => {
      await requireRegistry(pool);
      await requireSchema(pool, log);
      await verifyStarter(pool, queues);
      await writeDefinitions(pool, queues);
      return client.withAbortSignal(signal, () => identify(place));
    });
    if (identity === undefined) return;
    const names = queues.map(({ name }) => name);
    if (doorbell === undefined) await silenceBells(pool, names);
    else doorbell.open();
    log.info({ queues: names, watched, health: health?.url }, 'starter runs');
    await whileOwned({ ...place, identity, log, signal, schemaFits }, (until) => {
      const share = createWatchShare({ client, log, signal: until });
      const deps = { pool, client, settings, doorbell, database: identity.id, share, log, tracing };
      return Promise.all([
        keepHistory({ pool, log, signal: until }),
        ...own.map((one) => serveQueue({ ...one, signal: until }, deps)),
        ...(watched === 'none' ? [] : [new WatchedQueues(watched, { ...deps, checks }).keep(until)]),
      ]);
    });
  } finally {
    await health?.close();
    doorbell?.close();
    untell();
    await tracing
      ?.stop()
      .catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent'));
    await client.connection.close();
    await pool.end();
  }
}

function doorbellOf({ settings, log }: ProcessContext): Doorbell | undefined {
  if (settings.doorbell === 'off') return undefined;
  return new Doorbell({
    connectionString: settings.databaseDirectUrl ?? settings.databaseUrl,
    mayBeSession: settings.databaseDirectUrl !== undefined,
    applicationName: `${applicationNameOf('starter', settings)} doorbell`,
    log,
  });
}
