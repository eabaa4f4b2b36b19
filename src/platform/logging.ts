import { createRequire } from 'node:module';
import { destination, type Logger, pino } from 'pino';
import { serializeError } from './database-errors.ts';
import { createRedaction } from './redaction.ts';
import type { Settings } from './settings.ts';

export type { Logger } from 'pino';

/** Field values that never reach a log, down to the third level of what is logged. */
const secrets = ['password', 'authorization', 'apiKey', 'connectionString', 'databaseUrl', 'cookie'];

/** Standard output, or standard error where a program's answer is its output. */
export type LogStream = 'stdout' | 'stderr';

/** The process's logger: JSON lines, or readable ones on a terminal; every line names the role and the process. */
export function createLogger(
  settings: Pick<Settings, 'logLevel' | 'logFormat' | 'workerId'>,
  role: string,
  { secrets: values, stream = 'stdout' }: { secrets: readonly string[]; stream?: LogStream },
): Logger {
  const options = {
    level: settings.logLevel,
    base: { role, workerId: settings.workerId },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    // Error texts of libraries, which no path names.
    serializers: { err: serializeError },
    hooks: { streamWrite: createRedaction(values) },
  };
  const { fd, isTTY } = process[stream];
  const readable = settings.logFormat === 'pretty' || (settings.logFormat === 'auto' && isTTY);
  return readable
    ? pino(options, loadPretty()({ ignore: 'pid,hostname,role,workerId', sync: true, destination: fd }))
    : pino(options, destination(fd));
}

/** Loaded on a terminal alone: it costs a process 2 MB. */
const loadPretty = () => createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
