import { newRedrive } from '../api/redrive-body.ts';
import type { NewRedrive } from '../api/redrive-queries.ts';
import type { RegisteredQueue } from '../operations/registered-queue.ts';
import { readArguments, UsageError } from './command.ts';
import { listOf, readColumns, readTime } from './job-filter-flags.ts';
import { readWhole } from './read-flags.ts';
import { redriveUsage as usage } from './redrive-usage.ts';

const text = { type: 'string' } as const;
const switched = { type: 'boolean' } as const;
const longestReason = 500;
const statesOf = { retry: ['failed', 'canceled'], cancel: ['queued', 'delayed'] } as const;
type Action = keyof typeof statesOf;

/**
 * What the words ask for; `of` makes the redrive, for the queue that they name.
 * @throws {UsageError} that names the word or flag
 */
export function readRedrive(args: readonly string[]) {
  const { words, flags } = readArguments(args, usage, {
    options: {
      action: text,
      reason: text,
      status: text,
      code: text,
      message: text,
      q: text,
      key: text,
      column: { type: 'string', multiple: true },
      'created-after': text,
      'created-before': text,
      'ended-after': text,
      'ended-before': text,
      rate: text,
      'most-waiting': text,
      paused: switched,
      preview: switched,
      yes: switched,
      json: switched,
    },
    words: 1,
  });
  const [name] = words;
  if (!name) throw new UsageError(`QUEUE is missing\n${usage}`);
  const action = readAction(flags.action ?? 'retry');
  const time = (flag: 'created-after' | 'created-before' | 'ended-after' | 'ended-before') =>
    readTime(flag, flags[flag], usage) ?? null;
  const number = (flag: 'rate' | 'most-waiting', most: number) =>
    flags[flag] === undefined ? undefined : readWhole(flag, flags[flag], { least: 1, most }, usage);
  const body = {
    queue: name,
    action,
    reason: readReason(flags.reason, flags.preview === true),
    states: readStates(action, flags.status),
    errorCodes: listOf(flags.code) ?? null,
    messageContains: flags.message ?? null,
    textContains: flags.q ?? null,
    keys: listOf(flags.key) ?? null,
    columns: flags.column === undefined ? null : readColumns(flags.column, usage),
    createdAfter: time('created-after'),
    createdBefore: time('created-before'),
    endedAfter: time('ended-after'),
    endedBefore: time('ended-before'),
    perSecond: number('rate', 1000),
    mostWaiting: number('most-waiting', 1_000_000) ?? null,
    paused: flags.paused ?? false,
  };
  return { name, action, flags, of: (queue: RegisteredQueue): NewRedrive => newRedrive(body, queue) };
}

function readAction(given: string): Action {
  if (given === 'retry' || given === 'cancel') return given;
  throw new UsageError(`--action must be retry or cancel; got ${JSON.stringify(given)}\n${usage}`);
}

function readReason(given: string | undefined, isPreview: boolean): string {
  const reason = given?.trim() ?? '';
  if (reason === '' && isPreview) return 'preview';
  if (reason !== '' && reason.length <= longestReason) return reason;
  throw new UsageError(`--reason must be a text of 1 to ${longestReason} characters\n${usage}`);
}

function readStates(action: Action, given: string | undefined) {
  const known = statesOf[action];
  return listOf(given)?.map((word) => {
    const found = known.find((state) => state === word);
    if (found !== undefined) return found;
    throw new UsageError(
      `--status must be of ${known.join(', ')} to ${action}; got ${JSON.stringify(word)}\n${usage}`,
    );
  });
}
