import { SetupError } from './errors.ts';
import { createLogger, type Logger, type LogStream } from './logging.ts';
import { createRedaction } from './redaction.ts';
import type { Settings } from './settings.ts';
import { onShutdownSignal } from './shutdown.ts';

export interface ProcessContext<S extends Settings = Settings> {
  settings: S;
  log: Logger;
  /** Aborted by the first SIGTERM or SIGINT: time to finish and return. */
  signal: AbortSignal;
}

/** Where a process has its settings from. */
export interface SettingsSource<S extends Settings> {
  /** @throws {SetupError} that names each wrong one */
  load(): S;
  /** The values that no log and no error text may show. */
  secrets(): readonly string[];
}

/** How long a process that is done may take to close its last connections. */
const exitWithinMs = 2_000;

/**
 * The frame of every process: settings → run → exit code. Exits 0, or with the code that `run` answers, and 1 when it throws, unless the error says another; a wrong setup is
 * told in plain words on standard error, anything else is logged with its stack.
 */
export async function runProcess<S extends Settings>(
  role: string,
  source: SettingsSource<S>,
  run: (context: ProcessContext<S>) => Promise<void> | Promise<number>,
  logTo?: LogStream,
): Promise<void> {
  try {
    const settings = source.load();
    const log = createLogger(settings, role, { secrets: source.secrets(), stream: logTo ?? 'stdout' });
    process.on('unhandledRejection', (error) => {
      log.fatal({ err: error }, 'a failure that nobody handled');
      process.exit(1);
    });
    const code = await Promise.resolve(run({ settings, log, signal: onShutdownSignal(log) })).catch(
      (error: unknown) => {
        if (!(error instanceof SetupError)) log.fatal({ err: error }, `the ${role} failed`);
        throw error;
      },
    );
    process.exitCode = typeof code === 'number' ? code : 0;
  } catch (error) {
    if (error instanceof SetupError)
      process.stderr.write(`${createRedaction(source.secrets())(error.message)}\n`);
    process.exitCode = error instanceof SetupError ? error.exitCode : 1;
  }
  // What a failed start left open must not keep a process that is done.
  setTimeout(() => process.exit(), exitWithinMs).unref();
}
