import { figuresOf } from '../../operations/queue-figures.ts';
import type { DatabaseEntry } from '../../platform/database-list.ts';
import { type HealthCheck, NotReady } from '../../platform/health.ts';
import { temporalCheck } from '../../platform/health-checks.ts';
import { serveHealth } from '../../platform/health-server.ts';
import type { ProcessContext } from '../../platform/process.ts';
import { processName } from '../../platform/process-name.ts';
import { tellQueueFigures } from '../../platform/queue-metrics.ts';
import { createTemporalClient, loadTemporalConfig } from '../../platform/temporal.ts';
import { startTracing } from '../../platform/tracing.ts';
import { createExternalStorage } from '../../storage/payloads.ts';
import { Budget } from '../watch/budget.ts';
import type { WatchedChoice } from '../watched-queues.ts';
import { Databases } from './databases.ts';

/** What the sweeps and searches of all databases together may ask of Temporal: requests a second. */
const rpcsPerSecond = 20;
const idleMs = 30_000;
const askEveryMs = 5_000;

/** The starter role over many databases: serves the watched queues of each that has something to do, until the signal. */
export async function runDatabases(
  context: ProcessContext,
  { entries, watched }: { entries: readonly DatabaseEntry[]; watched: WatchedChoice },
): Promise<void> {
  const { log, signal } = context;
  const settings = { ...context.settings, workerId: processName('starter', context.settings) };
  const tracing = await startTracing('starter');
  const config = loadTemporalConfig(settings, createExternalStorage(settings));
  const client = createTemporalClient(config, settings.workerId, tracing?.clientInterceptors);
  const budget = new Budget({ perSecond: rpcsPerSecond, signal });
  const deps = { client, settings, watched, budget, log, tracing, idleMs, askEveryMs };
  const databases = new Databases(entries, deps);
  const untell = tellQueueFigures(() => figuresOf(databases.served()));
  let health: Awaited<ReturnType<typeof serveHealth>> | undefined;
  try {
    if (settings.healthPort !== undefined)
      health = await serveHealth(settings.healthPort, new Set([temporalCheck(client), check(databases)]));
    log.info({ watched, health: health?.url }, 'starter of many databases runs');
    await databases.keep(signal);
  } finally {
    await health?.close();
    untell();
    await tracing
      ?.stop()
      .catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent'));
    await client.connection.close();
  }
}

/** Some may be away: the process is of use as long as it reaches one. */
const check = (databases: Databases): HealthCheck => ({
  name: 'databases',
  check: async () => {
    const states = [...databases.states().values()];
    if (states.length === 0) throw new NotReady('no database is known');
    if (states.every((state) => state === 'away' || state === 'refused'))
      throw new NotReady(`none of ${states.length} databases can be served`);
  },
});
