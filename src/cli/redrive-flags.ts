import type { NewRedrive } from '../api/redrive-queries.ts';
import { readArguments, UsageError } from './command.ts';
import { listOf, readTime } from './job-filter-flags.ts';
import { readWhole } from './read-flags.ts';
import { redriveUsage as usage } from './redrive-usage.ts';

const text = { type: 'string' } as const;
const switched = { type: 'boolean' } as const;
const longestReason = 500;

/** @throws {UsageError} that names the word or flag */
export function readRedrive(args: readonly string[]) {
  const { words, flags } = readArguments(args, usage, {
    options: {
      reason: text,
      status: text,
      code: text,
      message: text,
      key: text,
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
  const [queue] = words;
  if (!queue) throw new UsageError(`QUEUE is missing\n${usage}`);
  const mostWaiting = flags['most-waiting'];
  const redrive: NewRedrive = {
    queue,
    reason: readReason(flags.reason, flags.preview === true),
    states: readStates(flags.status),
    errorCodes: listOf(flags.code) ?? null,
    messageContains: flags.message ?? null,
    keys: listOf(flags.key) ?? null,
    endedAfter: readTime('ended-after', flags['ended-after'], usage) ?? null,
    endedBefore: readTime('ended-before', flags['ended-before'], usage) ?? null,
    perSecond: readWhole('rate', flags.rate ?? '10', { least: 1, most: 1000 }, usage),
    mostWaiting:
      mostWaiting === undefined
        ? null
        : readWhole('most-waiting', mostWaiting, { least: 1, most: 1_000_000 }, usage),
    paused: flags.paused ?? false,
  };
  return { redrive, flags };
}

function readReason(given: string | undefined, isPreview: boolean): string {
  const reason = given?.trim() ?? '';
  if (reason === '' && isPreview) return 'preview';
  if (reason !== '' && reason.length <= longestReason) return reason;
  throw new UsageError(`--reason must be a text of 1 to ${longestReason} characters\n${usage}`);
}

function readStates(given = 'failed'): string[] {
  const states = listOf(given) ?? [];
  const wrong = states.find((state) => state !== 'failed' && state !== 'canceled');
  if (wrong === undefined) return states;
  throw new UsageError(
    `--status must be failed, canceled, or both with a comma between them; got ${JSON.stringify(wrong)}\n${usage}`,
  );
}
