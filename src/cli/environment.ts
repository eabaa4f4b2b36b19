import { environment } from '../platform/environment.ts';
import type { SettingsSource } from '../platform/process.ts';
import type { Settings } from '../platform/settings.ts';
import {
  apiSettings,
  databaseSettings,
  fileSettings,
  processSettings,
  readSettings,
  reconcilerSettings,
  secretsOf,
  starterSettings,
  workerSettings,
} from '../settings/index.ts';

const settings = {
  ...databaseSettings,
  ...processSettings,
  ...starterSettings,
  ...reconcilerSettings,
  ...workerSettings,
  ...apiSettings,
  ...fileSettings,
};

/** The settings of commands that need no application: the environment's. */
export const environmentSource: SettingsSource<Settings> = {
  load: () => readSettings(settings, environment()),
  secrets: () => secretsOf(settings, environment()),
};
