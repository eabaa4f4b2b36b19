import { type JobFilter, type ListedState, listedStates } from '../operations/job-filter.ts';
import { UsageError } from './command.ts';
import { didYouMean } from './similar.ts';

const text = { type: 'string' } as const;

/** The flags that choose jobs, by the names of the API's parameters. */
export const jobFilterFlags = {
  status: text,
  code: text,
  key: text,
  q: text,
  'created-after': text,
  'created-before': text,
  'ended-after': text,
  'ended-before': text,
  column: { type: 'string', multiple: true },
} as const;

export const jobFilterUsage = `[--status STATES] [--code CODES] [--key KEY] [--q TEXT] [--column NAME=VALUE]
         [--created-after TIME] [--created-before TIME] [--ended-after TIME] [--ended-before TIME]`;

export const jobFilterHelp = `  --status   states with commas between them: ${listedStates.join(', ')}
  --code     error codes with commas between them
  --key      the key: a customer, a tenant
  --q        a text in the id, label, key or error message
  --column   a value of any column of the job table; may be given more than once
  TIME is 2026-11-27T10:00:00Z, or so long ago: 30m, 12h, 7d`;

type Flags = { readonly [Name in keyof typeof jobFilterFlags]?: string | string[] | undefined };

/** @throws {UsageError} that names the flag */
export function readJobFilter(flags: Flags, usage: string): JobFilter {
  const one = (name: keyof Flags) => flags[name] as string | undefined;
  const time = (name: keyof Flags) => readTime(name, one(name), usage);
  return {
    status: listOf(one('status'))?.map((state) => readState(state, usage)),
    code: listOf(one('code')),
    key: one('key'),
    q: one('q'),
    createdAfter: time('created-after'),
    createdBefore: time('created-before'),
    endedAfter: time('ended-after'),
    endedBefore: time('ended-before'),
    columns: readColumns((flags.column as string[] | undefined) ?? [], usage),
  };
}

export const listOf = (words: string | undefined): string[] | undefined =>
  words?.split(',').map((word) => word.trim());

function readState(word: string, usage: string): ListedState {
  const found = listedStates.find((state) => state === word);
  if (found !== undefined) return found;
  throw new UsageError(
    `--status must be of ${listedStates.join(', ')}; got ${JSON.stringify(word)}${didYouMean(word, listedStates)}\n${usage}`,
  );
}

/** @throws {UsageError} for what is not NAME=VALUE */
export const readColumns = (given: readonly string[], usage: string): Record<string, string> =>
  Object.fromEntries(given.map((each) => readColumn(each, usage)));

function readColumn(given: string, usage: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new UsageError(`--column must be NAME=VALUE; got ${JSON.stringify(given)}\n${usage}`);
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or so long ago, as ISO 8601. */
export function readTime(flag: string, given: string | undefined, usage: string): string | undefined {
  if (given === undefined) return undefined;
  const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(given) ?? [];
  const ms =
    number === undefined
      ? Date.parse(given)
      : Date.now() - Number(number) * unitMs[unit as keyof typeof unitMs];
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new UsageError(
    `--${flag} must be a time, 2026-11-27T10:00:00Z, or so long ago: 30m, 12h, 7d; got ${JSON.stringify(given)}\n${usage}`,
  );
}
