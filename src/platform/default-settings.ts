import { resolve } from 'node:path';
import { hostAndNumber } from './process-name.ts';
import type { Settings } from './settings.ts';

const defaults = {
  databasePoolSize: 10,
  logLevel: 'info',
  logFormat: 'auto',
  shutdownGraceMs: 20_000,
  healthHost: '127.0.0.1',
  temporalPayloadKeys: [],
  pollIntervalMs: 5_000,
  doorbell: 'on',
  searchAttributes: 'all',
  claimBatch: 10,
  reconcileIntervalMs: 30_000,
  lostTaskAfterMs: 300_000,
  retentionJobsDays: 0,
  retentionEventsDays: 0,
  taskQueue: 'switchyard',
  resultRoot: resolve('.data'),
  stagingRoot: resolve('.data/staging'),
  webhookSecrets: new Map<string, string>(),
  workerMaxActivities: 10,
  heartbeatIntervalMs: 400,
  workerMaxCachedWorkflows: 10,
  workerDeployment: 'switchyard',
  apiHost: '127.0.0.1',
  apiPort: 3000,
} satisfies Partial<Settings>;

/** All settings: those that are given, and what holds for the others. */
export const withDefaults = (given: Partial<Settings> & Pick<Settings, 'databaseUrl'>): Settings => ({
  ...defaults,
  workerId: hostAndNumber,
  ...given,
});
