/** Settings that are environment variables: how they are read and checked, and those of the engine. */
export { apiSettings } from './api.ts';
export { databaseSettings } from './database.ts';
export { fileSettings } from './files.ts';
export { processSettings } from './process.ts';
export { reconcilerSettings } from './reconciler.ts';
export {
  folder,
  httpUrl,
  listOf,
  MiB,
  oneOf,
  port,
  readSettings,
  type Setting,
  type Settings,
  secretsOf,
  setting,
  text,
  type Values,
  wholeNumber,
  wordsOf,
} from './setting.ts';
export { starterSettings } from './starter.ts';
export { workerSettings } from './worker.ts';
