import type { z } from 'zod';

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
 * @param given the value that was checked, in which the issue's path leads to what is wrong
 */
export function wordsOfIssue(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected] ?? `of the type ${issue.expected}`;
      return isMissing(given, issue.path) ? `is missing; it must be ${kind}` : `must be ${kind}`;
    }
    case 'too_small':
      return `must ${amount('at least', issue.minimum, issue.origin)}`;
    case 'too_big':
      return `must ${amount('at most', issue.maximum, issue.origin)}`;
    case 'unrecognized_keys':
      return `has ${issue.keys.map((key) => `"${key}"`).join(', ')}, which is not known there`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_union':
      return 'has none of the forms that it may have';
    default:
      return issue.message;
  }
}

function amount(bound: string, count: number | bigint, origin: string): string {
  const [one, more] = units[origin] ?? [];
  return one === undefined
    ? `be ${bound} ${count}`
    : `have ${bound} ${count} ${Number(count) === 1 ? one : more}`;
}

function isMissing(given: unknown, path: readonly PropertyKey[]): boolean {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined;
}
