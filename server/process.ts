import type { Pool } from '../src/platform/database.ts';
import * as commands from '../src/platform/database-command.ts';
import type { LogStream } from '../src/platform/logging.ts';
import * as processes from '../src/platform/process.ts';
import { loadSettings, type Settings, secretValues } from './settings.ts';

export type ServerContext = processes.ProcessContext<Settings>;

const source = { load: () => loadSettings(), secrets: () => secretValues() };

/** The frame of every process of this server, which reads its settings from the environment. */
export const runProcess = (
  role: string,
  run: (context: ServerContext) => Promise<void> | Promise<number>,
  logTo?: LogStream,
): Promise<void> => processes.runProcess(role, source, run, logTo);

/** The process of a command of one step on the database. */
export const runDatabaseCommand = (
  name: string,
  answer: (pool: Pool, args: readonly string[], context: ServerContext) => Promise<string>,
): Promise<void> => commands.runDatabaseCommand(name, source, answer);
