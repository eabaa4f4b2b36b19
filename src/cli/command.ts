import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SetupError } from '../platform/errors.ts';
import { ExitCode } from './exit-code.ts';
import { didYouMean } from './similar.ts';

/** A command of `switchyard`. */
export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /** @throws {UsageError} before anything is done, for words and flags that it does not know */
  run(args: readonly string[]): Promise<void>;
}

/** A command in the list of all. */
export interface Entry {
  /** What it does, in one line. */
  readonly summary: string;
  /** What one command needs costs the others nothing, and need not be installed for them. */
  load(): Promise<Command>;
}

/** Words of a command line that make no sense, with the words that do. */
export class UsageError extends SetupError {
  override readonly exitCode = ExitCode.usage;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * The flags, each given once unless it is `multiple`, and the words that stand alone, at most so many.
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
  const twice = flags.find((name, at) => flags.indexOf(name) !== at && options[name]?.multiple !== true);
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
    const said = error instanceof Error ? error.message : String(error);
    const flag = /^Unknown option '--([^']+)'/.exec(said)?.[1];
    const near =
      flag === undefined
        ? ''
        : didYouMean(
            `--${flag}`,
            Object.keys(options).map((name) => `--${name}`),
          );
    throw new UsageError(`${said}${near}\n${usage}`);
  }
}
