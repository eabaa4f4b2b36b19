import { UsageError } from './command.ts';
import { readWhole } from './read-flags.ts';

/** What is to change; null: what the definition says; what is left out stays. */
export type LimitChange =
  | { key: string; inFlight: number | null }
  | {
      inFlight?: number | null | undefined;
      inFlightPerKey?: number | null | undefined;
      startsPerSecond?: number | null | undefined;
      fair?: boolean | null | undefined;
    };

interface Flags {
  'in-flight'?: string | undefined;
  'per-key'?: string | undefined;
  rate?: string | undefined;
  fair?: string | undefined;
  key?: string | undefined;
}

/** @throws {UsageError} `undefined`: nothing is to change */
export function readLimitChange(flags: Flags, usage: string): LimitChange | undefined {
  const inFlight = readLimit('in-flight', flags['in-flight'], usage);
  if (flags.key !== undefined) {
    if (
      inFlight === undefined ||
      flags['per-key'] !== undefined ||
      flags.rate !== undefined ||
      flags.fair !== undefined
    )
      throw new UsageError(`--key goes with --in-flight, and with none of the others\n${usage}`);
    return { key: flags.key, inFlight };
  }
  const inFlightPerKey = readLimit('per-key', flags['per-key'], usage);
  const startsPerSecond = readRate(flags.rate, usage);
  const fair = readFair(flags.fair, usage);
  const change = { inFlight, inFlightPerKey, startsPerSecond, fair };
  return Object.values(change).every((value) => value === undefined) ? undefined : change;
}

function readLimit(flag: string, given: string | undefined, usage: string): number | null | undefined {
  if (given === undefined || given === 'none') return given === undefined ? undefined : null;
  return readWhole(flag, given, { least: 0, most: 2_147_483_647 }, usage);
}

function readRate(given: string | undefined, usage: string): number | null | undefined {
  if (given === undefined || given === 'none') return given === undefined ? undefined : null;
  const rate = /^\d{1,7}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new UsageError(
    `--rate must be a number of starts a second above 0, up to 1000000, or none; got ${JSON.stringify(given)}\n${usage}`,
  );
}

function readFair(given: string | undefined, usage: string): boolean | null | undefined {
  if (given === undefined) return undefined;
  const meaning = { yes: true, no: false, none: null }[given];
  if (meaning !== undefined) return meaning;
  throw new UsageError(`--fair must be yes, no or none; got ${JSON.stringify(given)}\n${usage}`);
}
