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

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * The flags, each given once, and the words that stand alone, at most so many.
 * @throws {UsageError} that names the one that does not belong there
 */
export function readArguments<const O extends Options>(
  args: readonly string[],
  usage: string,
  { options, words }: { options: O; words: number },
) {
  const { positionals, values, tokens } = parse(args, options, usage);
  const [extra] = positionals.slice(words);
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one word too many\n${usage}`);
  const flags = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = flags.find((name, at) => flags.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice\n${usage}`);
  return { words: positionals, flags: values };
}

function parse<const O extends Options>(args: readonly string[], options: O, usage: string) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      strict: true,
      tokens: true,
      options,
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
