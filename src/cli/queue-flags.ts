import type { ParseArgsConfig } from 'node:util';
import { defineQueue, type WatchedQueue } from '../client/define-queue.ts';
import { optionKinds, type QueueOptions } from '../client/queue-options.ts';
import { UsageError } from './command.ts';

type Flags = Record<string, string | boolean | undefined>;

/** `maxInFlight` → `max-in-flight` */
const flagOf = (option: string) => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const kinds: [string, string][] = [
  ['table', 'text'],
  ...Object.entries(optionKinds).map(([option, { type }]): [string, string] => [option, type]),
];

/** A flag for each option of `defineQueue`, as parseArgs takes them. */
export const queueFlags: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
  kinds.map(([option, type]) => [flagOf(option), { type: type === 'boolean' ? 'boolean' : 'string' }]),
);

/** @throws {UsageError} that names the flag, and what it wants */
export function queueOfFlags(name: string, flags: Flags): WatchedQueue {
  const options = Object.fromEntries(
    kinds.flatMap(([option, type]) => {
      const given = flags[flagOf(option)];
      return given === undefined ? [] : [[option, optionValue(given, type)]];
    }),
  );
  try {
    return defineQueue(name, options as unknown as QueueOptions);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(inFlags(error.message));
  }
}

function optionValue(given: string | boolean, type: string): unknown {
  if (typeof given === 'boolean') return given;
  // What is no number stays a text, which is refused with its flag.
  if (type === 'integer') return /^\d{1,15}$/.test(given) ? Number(given) : given;
  if (type === 'jsonb') return mirrorOf(given);
  return given;
}

/** `status=job_status,result=job_result`; or as JSON, for columns with a comma in their names. */
function mirrorOf(given: string): unknown {
  if (given.startsWith('{')) {
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  }
  return Object.fromEntries(
    given.split(',').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new UsageError(`--mirror must be FIELD=COLUMN,FIELD=COLUMN; got ${JSON.stringify(given)}`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}

/** What is said of options, said of flags. */
const inFlags = (message: string): string =>
  kinds.reduce(
    (told, [option]) => told.replace(new RegExp(`(": )${option}\\b`), `$1--${flagOf(option)}`),
    message,
  );
