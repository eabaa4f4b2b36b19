import { UsageError } from './command.ts';

/** @throws {UsageError} for what is no whole number in these bounds */
export function readWhole(
  flag: string,
  given: string,
  { least, most }: { least: number; most: number },
  usage: string,
): number {
  const number = /^-?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `--${flag} must be a whole number from ${least} to ${most}; got ${JSON.stringify(given)}\n${usage}`,
  );
}

/** @throws {UsageError} for a text that is no JSON */
export function readJson(name: string, given: string, usage: string): unknown {
  try {
    return JSON.parse(given);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${name} must be JSON, as '{"to": "a@example.org"}' or '"a text"'; got ${JSON.stringify(given.slice(0, 100))}: ${why}\n${usage}`,
    );
  }
}
