import { environment } from 'pg-switchyard';
import {
  apiSettings,
  databaseSettings,
  fileSettings,
  processSettings,
  readSettings,
  reconcilerSettings,
  secretsOf,
  type Values,
  workerSettings,
} from 'pg-switchyard/settings';
import { agentRunSettings } from '../pipelines/agent-runs/settings.ts';
import { buildSettings } from '../pipelines/builds/settings.ts';
import { captureSessionSettings } from '../pipelines/capture-sessions/settings.ts';
import { gatewaySettings } from '../pipelines/invoices/gateway/settings.ts';
import { invoiceSettings } from '../pipelines/invoices/settings.ts';
import { commandSettings } from '../pipelines/lib/commands/settings.ts';
import { folderSettings } from '../pipelines/lib/folders.ts';
import { queueSettings } from '../pipelines/lib/queue-settings.ts';
import { uploadSettings } from '../pipelines/uploads/settings.ts';
import { servedQueueSettings, starterSettings } from './settings/queues.ts';
import { roleSettings } from './settings/roles.ts';
import { stackSettings } from './settings/stack.ts';

/** Every setting of every process, in the order in which docs/settings.md lists them. */
export const settingsTable = {
  ...databaseSettings,
  ...processSettings,
  ...roleSettings,
  ...starterSettings,
  ...reconcilerSettings,
  ...servedQueueSettings,
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

/** The values that no log and no error text may show, as they stand in the environment. */
export const secretValues = (env: NodeJS.ProcessEnv = environment()): string[] =>
  secretsOf(settingsTable, env);
