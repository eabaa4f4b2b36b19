import { starterSettings as ofEngine, type Settings, setting } from 'pg-switchyard/settings';
import { z } from 'zod';

/** What the engine's settings mean for the queues of this server. */
export const starterSettings = {
  ...ofEngine,
  pollIntervalMs: {
    ...ofEngine.pollIntervalMs,
    about: `${ofEngine.pollIntervalMs.about}; builds, deployments: 2 s; agent-runs: POLL_INTERVAL_MS`,
  },
  claimBatch: { ...ofEngine.claimBatch, about: `${ofEngine.claimBatch.about} but agent-runs (BATCH)` },
} satisfies Settings;

export const servedQueueSettings = {
  queues: setting(
    'QUEUES',
    z
      .string()
      .default('invoices')
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().min(1)).min(1)),
    'a comma-separated list of queues (default invoices)',
    'The queues that a starter claims from and a worker works for',
  ),
} satisfies Settings;
