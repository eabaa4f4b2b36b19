import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ApiPlugin } from '../api/plugin.ts';
import { SetupError } from '../platform/errors.ts';
import type { SettingsSource } from '../platform/process.ts';
import type { Settings } from '../platform/settings.ts';
import type { ApplicationParts } from '../worker/application.ts';

/** What an application gives the command line: the default export of the module that `--app` names. */
export interface Application extends ApplicationParts {
  /** Routes of its own; left out: none. */
  plugins?: readonly ApiPlugin[];
}

/** The flag that names that module. */
export const applicationFlag = { app: { type: 'string' } } as const;

export const sourceOf = (application: Application): SettingsSource<Settings> => ({
  load: () => application.settings,
  secrets: () => application.secrets ?? [],
});

/** @throws {SetupError} for a module that has no application */
export async function loadApplication(path: string): Promise<Application> {
  const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href);
  if (isApplication(module.default)) return module.default;
  throw new SetupError(
    `${path} must export an application as its default: { settings, pipelines, workflows, … }`,
  );
}

const isApplication = (value: unknown): value is Application =>
  typeof value === 'object' &&
  value !== null &&
  ['settings', 'pipelines', 'workflows'].every((name) => name in value);
