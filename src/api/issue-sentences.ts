import type { z } from 'zod';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const types: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const units: Record<string, [one: string, many: string]> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

/** What a value must be, in words that follow its name: `must be a text of at most 200 characters`. */
export const wordsOfIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${types[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin, issue.inclusive);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin, issue.inclusive);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return otherWords(issue);
  }
};

function otherWords(issue: RawIssue): string {
  if (issue.code === 'invalid_format') return `must be written as ${issue.format ?? 'it is described'}`;
  if (issue.code === 'unrecognized_keys') return 'has a field that is not known';
  return 'is not what the API takes here';
}

function bound(
  which: 'at least' | 'at most',
  limit: number | bigint,
  origin: string,
  inclusive: boolean | undefined,
): string {
  const unit = units[origin];
  if (unit !== undefined) return `must have ${which} ${limit} ${unit[Number(limit) === 1 ? 0 : 1]}`;
  if (inclusive === false) return `must be ${which === 'at least' ? 'more than' : 'less than'} ${limit}`;
  return `must be ${which} ${limit}`;
}
