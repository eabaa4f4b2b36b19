import type { CommandOptions } from './command-options.ts';
import { type CommandExit, CommandFailed, startCommand, titleOf } from './start-command.ts';

/** A message of an error quotes this much of what the command said last. */
const lastWordsChars = 1_000;
const keptBytes = 64 * 1024;

export interface RunOptions extends CommandOptions {
  /** What it reads; nothing by default. */
  input?: string | Uint8Array;
  /** Gets the whole standard output as it comes. */
  onStdout?: (chunk: Buffer) => void;
  /** Gets both outputs as they come; `cappedWriter` where they may be long. */
  onOutput?: (chunk: Buffer) => void;
}

/** What a command wrote to its standard output, the first 64 KiB. */
export interface CommandAnswer {
  stdout: string;
}

/**
 * Runs a command to its end: see `startCommand`. Memory holds only the beginning of its output.
 * @throws {CommandFailed} also for an exit code other than 0, with the last words of its error output
 */
export async function runCommand(options: RunOptions): Promise<CommandAnswer> {
  const running = await startCommand(options);
  let stdout = Buffer.alloc(0);
  let lastWords = '';
  running.stdout.on('data', (chunk: Buffer) => {
    if (stdout.length < keptBytes) stdout = Buffer.concat([stdout, chunk]).subarray(0, keptBytes);
    options.onStdout?.(chunk);
    options.onOutput?.(chunk);
  });
  running.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-lastWordsChars);
    options.onOutput?.(chunk);
  });
  running.stdin.end(options.input);
  const exit = await running.ended;
  if (exit.notStarted)
    throw new CommandFailed(
      'start',
      `${titleOf(options)}: its sandbox could not be made: ${lastWords.trim()}`,
    );
  if (exit.code !== 0) throw badExit(titleOf(options), exit, lastWords);
  return { stdout: stdout.toString() };
}

function badExit(title: string, { code, signal }: CommandExit, lastWords: string): CommandFailed {
  const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const said = lastWords.trim();
  return new CommandFailed('exit', `${title} ${how}${said && `: ${said}`}`);
}
