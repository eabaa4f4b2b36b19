import { type Settings, settingsTable } from '../../server/settings.ts';

/** The settings that name folders in which processes write, each with its key: all but the mappings, which are only read. */
export const dataFolders = Object.entries(settingsTable)
  .filter(([, { name, wants }]) => wants.startsWith('a folder ') && name !== 'MAPPINGS_DIR')
  .map(([key, { name }]) => [name, key as keyof Settings] as const);
