import { createInterface } from 'node:readline/promises';
import { UsageError } from './command.ts';

/**
 * Asks on the terminal, after what will happen. Only `y` and `yes` are a yes.
 * @throws {UsageError} where there is no terminal to ask on
 */
export async function confirmed(what: string, question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${what}\nthere is no terminal to ask on: --yes goes on without`);
  process.stderr.write(`${what}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
