import { environment } from 'pg-switchyard';
import { agentRunSettings } from '../pipelines/agent-runs/settings.ts';
import { buildSettings } from '../pipelines/builds/settings.ts';
import { captureSessionSettings } from '../pipelines/capture-sessions/settings.ts';
import { gatewaySettings } from '../pipelines/invoices/gateway/settings.ts';
import { invoiceSettings } from '../pipelines/invoices/settings.ts';
import { commandSettings } from '../pipelines/lib/commands/settings.ts';
import { folderSettings } from '../pipelines/lib/folders.ts';
import { queueSettings } from '../pipelines/lib/queue-settings.ts';
import { readSettings, secretsIn, type Values } from '../pipelines/lib/settings.ts';
import { uploadSettings } from '../pipelines/uploads/settings.ts';
import { apiSettings } from './settings/api.ts';
import { databaseSettings } from './settings/database.ts';
import { fileSettings } from './settings/files.ts';
import { processSettings } from './settings/process.ts';
import { reconcilerSettings } from './settings/reconciler.ts';
import { stackSettings } from './settings/stack.ts';
import { starterSettings } from './settings/starter.ts';
import { workerSettings } from './settings/worker.ts';

/** Every setting of every process, in the order in which docs/settings.md lists them. */
export const settingsTable = {
  ...databaseSettings,
  ...processSettings,
  ...starterSettings,
  ...reconcilerSettings,
  ...workerSettings,
  ...queueSettings,
  ...apiSettings,
  ...folderSettings,
  ...fileSettings,
  ...invoiceSettings,
  ...gatewaySettings,
  ...uploadSettings,
  ...agentRunSettings,
  ...buildSettings,
  ...commandSettings,
  ...captureSessionSettings,
  ...stackSettings,
};

export type Settings = Values<typeof settingsTable>;

/**
 * Reads and checks every setting, once, at start.
 * @throws {SetupError} naming each wrong setting, the value it got (never a secret's) and what it wants
 */
export const loadSettings = (env: NodeJS.ProcessEnv = environment()): Settings =>
  readSettings(settingsTable, env);

/** Settings of Temporal's own environment configuration that are secrets. */
const temporalSecrets = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA'];
/** A shorter value may well stand in a log by chance, and hiding it there would only tell what it is. */
const leastSecretLength = 16;

/** The values that no log and no error text may show, as they stand in the environment. */
export const secretValues = (env: NodeJS.ProcessEnv = environment()): string[] =>
  [
    ...temporalSecrets.flatMap((name) => env[name]?.split(/\s+/) ?? []),
    ...secretsIn(settingsTable, env),
  ].filter((value) => value.length >= leastSecretLength);
