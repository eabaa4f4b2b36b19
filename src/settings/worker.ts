import { z } from 'zod';
import { type Settings, setting, text, wholeNumber, wordsOf } from './setting.ts';

/** `name=whsec_…,name=whsec_…`; `undefined` when one is no such thing. https://www.standardwebhooks.com */
function readSecrets(list: string): Map<string, string> | undefined {
  const secrets = new Map<string, string>();
  for (const entry of list.split(',').filter((part) => part.trim() !== '')) {
    const [, name, key] = /^\s*([\w.-]{1,100})=whsec_([A-Za-z0-9+/]+={0,2})\s*$/.exec(entry) ?? [];
    const bytes = Buffer.from(key ?? '', 'base64').length;
    if (name === undefined || bytes < 24 || bytes > 64) return undefined;
    secrets.set(name, `whsec_${key}`);
  }
  return secrets;
}

export const workerSettings = {
  taskQueue: text(
    'TASK_QUEUE',
    'switchyard',
    "Temporal's task queue between starters and workers; others add a word to it",
  ),
  webhookSecrets: {
    ...setting(
      'WEBHOOK_SECRETS',
      z.string().default('').transform(readSecrets).pipe(z.map(z.string(), z.string())),
      'a comma-separated list of NAME=whsec_BASE64, each of 24 to 64 bytes (default none)',
      'The secrets that sign webhooks, by the name that switchyard.subscriptions gives (default: "default")',
    ),
    secret: wordsOf,
  },
  workerMaxActivities: wholeNumber(
    'WORKER_MAX_ACTIVITIES',
    10,
    1,
    1000,
    'activities',
    'The most activities one worker runs at once',
  ),
  heartbeatIntervalMs: wholeNumber(
    'HEARTBEAT_INTERVAL',
    400,
    400,
    5_000,
    'milliseconds',
    'How often a running job tells Temporal that it is alive, and hears that it was canceled',
  ),
  workerMaxCachedWorkflows: wholeNumber(
    'WORKER_MAX_CACHED_WORKFLOWS',
    10,
    0,
    10_000,
    'workflows',
    'How many workflows a worker keeps in memory',
  ),
  workflowBundle: setting(
    'WORKFLOW_BUNDLE',
    z.string().min(1).optional(),
    'the path of a file made by `npm run bundle` (not set by default)',
    'A prebuilt workflow bundle; not set: built once and cached',
  ),
  workerDeployment: text(
    'WORKER_DEPLOYMENT',
    'switchyard',
    "Name of the workers' deployment in Temporal; means something only with WORKER_BUILD_ID",
  ),
  workerBuildId: setting(
    'WORKER_BUILD_ID',
    z
      .string()
      .regex(/^[\w.-]{1,100}$/)
      .optional(),
    'a text of 1 to 100 letters, digits, "_", "-", "." (not set by default)',
    'The version of these workers; set: jobs stay with the version they began on, and Temporal must be told which is current',
  ),
} satisfies Settings;
