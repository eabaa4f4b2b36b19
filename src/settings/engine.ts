import { z } from 'zod';
import { environment } from '../platform/environment.ts';
import { apiSettings } from './api.ts';
import { databaseSettings } from './database.ts';
import { manyDatabasesSettings } from './databases.ts';
import { fileSettings } from './files.ts';
import { processSettings } from './process.ts';
import { reconcilerSettings } from './reconciler.ts';
import { readSettings, type Settings, secretsOf, setting, type Values } from './setting.ts';
import { starterSettings } from './starter.ts';
import { workerSettings } from './worker.ts';

/** What the command line reads of the environment where there is no application. */
const engineSettings = {
  ...databaseSettings,
  ...manyDatabasesSettings,
  ...processSettings,
  ...starterSettings,
  ...reconcilerSettings,
  ...workerSettings,
  ...apiSettings,
  ...fileSettings,
  watchedQueues: setting(
    'QUEUES',
    z
      .string()
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().min(1)).min(1))
      .optional(),
    'a comma-separated list of queues (default all of the registry)',
    'The queues of the registry that a starter serves; one that is not there yet is waited for',
  ),
} satisfies Settings;

export type EngineSettings = Values<typeof engineSettings>;

/** @throws {SetupError} that names each wrong one */
export const loadEngineSettings = (env: NodeJS.ProcessEnv): EngineSettings =>
  readSettings(engineSettings, env);

/** The settings of a process without an application, as `runProcess` takes them. */
export const engineSettingsSource = {
  load: (): EngineSettings => loadEngineSettings(environment()),
  secrets: (): readonly string[] => secretsOf(engineSettings, environment()),
};
