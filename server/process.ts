import type { LogStream, Pool } from 'pg-switchyard';
import * as switchyard from 'pg-switchyard';
import { loadSettings, type Settings, secretValues } from './settings.ts';

export type ServerContext = switchyard.ProcessContext<Settings>;

const source = { load: () => loadSettings(), secrets: () => secretValues() };

/** The frame of every process of this server, which reads its settings from the environment. */
export const runProcess = (
  role: string,
  run: (context: ServerContext) => Promise<void> | Promise<number>,
  logTo?: LogStream,
): Promise<void> => switchyard.runProcess(role, source, run, logTo);

/** The process of a command of one step on the database. */
export const runDatabaseCommand = (
  name: string,
  answer: (pool: Pool, args: readonly string[], context: ServerContext) => Promise<string>,
): Promise<void> => switchyard.runDatabaseCommand(name, source, answer);
