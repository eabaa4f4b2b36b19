import { identify, whileOwned } from '../identity/watch.ts';
import { postgresCheck, temporalCheck } from '../platform/health-checks.ts';
import { serveHealth } from '../platform/health-server.ts';
import type { ProcessContext } from '../platform/process.ts';
import { untilReached } from '../platform/reach.ts';
import { applicationNameOf, openRolePool } from '../platform/role-pool.ts';
import type { Settings } from '../platform/settings.ts';
import { createTemporalClient, loadTemporalConfig } from '../platform/temporal.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { verifyStarter } from '../verify/start.ts';
import { ClaimPasses, staleAfterMs } from './claim-passes.ts';
import { Doorbell, silenceBells } from './doorbell.ts';
import { runStarterLoop } from './loop.ts';
import { Signals } from './signals.ts';
import { runSignalsLoop } from './signals-loop.ts';
import { Starter } from './starter.ts';

/** The starter role: from settings to a clean end at the signal. Waits for Postgres and Temporal, as long as it takes. */
export async function runStarter(
  { settings, log, signal }: ProcessContext,
  queues: readonly QueueDefinition[],
): Promise<void> {
  const pool = openRolePool('starter', { settings, log });
  const client = createTemporalClient(loadTemporalConfig(settings), settings.workerId);
  const doorbell =
    settings.doorbell === 'on'
      ? new Doorbell({
          connectionString: settings.databaseDirectUrl ?? settings.databaseUrl,
          mayBeSession: settings.databaseDirectUrl !== undefined,
          applicationName: `${applicationNameOf('starter', settings)} doorbell`,
          log,
        })
      : undefined;
  const loops = queues.map((queue) => ({ queue, passes: new ClaimPasses(queue.name, log) }));
  let health: Awaited<ReturnType<typeof serveHealth>> | undefined;
  try {
    // First, so that a starter which waits for Postgres or Temporal says that it lives, and what it lacks.
    if (settings.healthPort !== undefined) {
      const staleMs = staleAfterMs(settings);
      const loopChecks = loops.map(({ passes }) => passes.check(staleMs));
      health = await serveHealth(settings.healthPort, [
        postgresCheck(pool),
        temporalCheck(client),
        ...loopChecks,
      ]);
    }
    const place = { client, pool, taskQueue: settings.taskQueue };
    const identity = await untilReached('Postgres or Temporal', { log, signal }, async () => {
      await verifyStarter(pool, queues);
      return identify(place);
    });
    if (identity === undefined) return;
    if (doorbell === undefined)
      await silenceBells(
        pool,
        queues.map(({ name }) => name),
      );
    else doorbell.open();
    log.info({ queues: queues.map(({ name }) => name), health: health?.url }, 'starter runs');
    const claimAll = (until: AbortSignal) => {
      const shared = { doorbell, log, signal: until };
      const running = loops.flatMap(({ queue, passes }) => {
        const own = { pool, client, queue: { ...queue, database: identity.id }, log };
        return [
          runSignalsLoop({
            ...shared,
            pollIntervalMs: queue.pollIntervalMs ?? settings.pollIntervalMs,
            signals: new Signals(own),
          }),
          runStarterLoop({
            ...shared,
            get pollIntervalMs() {
              return claimPollMs(queue, settings, doorbell?.connected === true);
            },
            starter: new Starter({ ...own, workerId: settings.workerId }),
            passes,
          }),
        ];
      });
      return Promise.all(running);
    };
    await whileOwned({ ...place, identity, log, signal }, claimAll);
  } finally {
    await health?.close();
    doorbell?.close();
    await client.connection.close();
    await pool.end();
  }
}

const systemPollMs = 30_000;

/**
 * Every starter claims webhooks and redrives too, which ring when they come: an idle one polls those more seldom, but often
 * enough to count as well.
 */
export function claimPollMs(
  { always, pollIntervalMs }: Pick<QueueDefinition, 'always' | 'pollIntervalMs'>,
  settings: Pick<Settings, 'pollIntervalMs' | 'claimStaleMs'>,
  hears: boolean,
): number {
  if (always !== true || !hears) return pollIntervalMs ?? settings.pollIntervalMs;
  return Math.max(settings.pollIntervalMs, Math.min(systemPollMs, staleAfterMs(settings) / 2));
}
