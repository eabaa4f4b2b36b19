import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SetupError } from '../platform/errors.ts';

/** A command of `switchyard`. */
export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /** @throws {UsageError} before anything is done, for words and flags that it does not know */
  run(args: readonly string[]): Promise<void>;
}

/** Words of a command line that make no sense, with the words that do. */
export class UsageError extends SetupError {}

/** The flags and the words that stand alone; at most `words` of them. */
export function readArguments<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  usage: string,
  { options, words }: { options: O; words: number },
) {
  const { positionals, values } = parse(args, options, usage);
  const [extra] = positionals.slice(words);
  if (extra === undefined) return { words: positionals, flags: values };
  throw new UsageError(`${JSON.stringify(extra)} is one word too many\n${usage}`);
}

function parse<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, strict: true, options });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
