import type { z } from 'zod';

/** An issue as a parse answers it, or as an error map is given it. */
type Issue = z.core.$ZodIssue | Parameters<z.core.$ZodErrorMap>[0];

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** What a length counts: one, and more. */
const units: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  object: ['field', 'fields'],
};

/**
 * What is wrong with a value, as a sentence after its place ("must be a text"); the library's own words are for programmers.
 * @param given the value that was checked, in which the issue's path leads to what is wrong; left out: of a value that is missing it
 *   is only said what it must be
 */
export function wordsOfIssue(issue: Issue, given?: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected] ?? `of the type ${issue.expected}`;
      return isMissing(given, issue.path ?? []) ? `is missing; it must be ${kind}` : `must be ${kind}`;
    }
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound('at least', 'more than', issue.minimum, issue);
    case 'too_big':
      return bound('at most', 'less than', issue.maximum, issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return otherWords(issue);
  }
}

function otherWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_format':
      return issue.message ?? `must be written as ${issue.format ?? 'it is described'}`;
    case 'unrecognized_keys':
      return `has ${issue.keys.map((key) => JSON.stringify(key.slice(0, 100))).join(', ')}, which is not known there`;
    case 'invalid_union':
      return 'has none of the forms that it may have';
    default:
      return typeof issue.message === 'string' ? issue.message : 'is not what is taken here';
  }
}

function bound(
  within: string,
  beyond: string,
  limit: number | bigint,
  { origin, inclusive }: { origin: string; inclusive?: boolean | undefined },
): string {
  const [one, more] = units[origin] ?? [];
  if (one !== undefined) return `must have ${within} ${limit} ${Number(limit) === 1 ? one : more}`;
  return `must be ${inclusive === false ? beyond : within} ${limit}`;
}

function isMissing(given: unknown, path: readonly PropertyKey[]): boolean {
  if (given === undefined) return false;
  let value: unknown = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined;
}
