import { expect, test } from 'vitest';
import { z } from 'zod';
import { wordsOfIssue } from '../../src/platform/issue-words.ts';

const schema = z.strictObject({
  id: z.string().min(2).max(3),
  kind: z.enum(['a', 'b']).optional(),
  count: z.number().int().positive().max(9).optional(),
  list: z.array(z.string()).min(1).optional(),
  either: z.union([z.string(), z.number()]).optional(),
});

test.each<[unknown, string]>([
  [{}, 'id: is missing; it must be a text'],
  [{ id: 7 }, 'id: must be a text'],
  [{ id: null }, 'id: must be a text'],
  [{ id: 'x' }, 'id: must have at least 2 characters'],
  [{ id: 'xxxx' }, 'id: must have at most 3 characters'],
  [{ id: 'xx', kind: 'c' }, 'kind: must be one of a, b'],
  [{ id: 'xx', count: 1.5 }, 'count: must be a whole number'],
  [{ id: 'xx', count: 10 }, 'count: must be at most 9'],
  [{ id: 'xx', count: 0 }, 'count: must be more than 0'],
  [{ id: 'xx', list: [] }, 'list: must have at least 1 entry'],
  [{ id: 'xx', list: ['a', 1] }, 'list.1: must be a text'],
  [{ id: 'xx', either: {} }, 'either: has none of the forms that it may have'],
  [{ id: 'xx', other: 1 }, ': has "other", which is not known there'],
  [[], ': must be an object'],
])('%j: %s', (value, words) => {
  const { error } = schema.safeParse(value);
  const said = error?.issues.map((issue) => `${issue.path.join('.')}: ${wordsOfIssue(issue, value)}`);
  expect(said).toEqual([words]);
});

test('as an error map it says what a missing value must be', () => {
  const { error } = schema.safeParse({}, { error: (issue) => wordsOfIssue(issue) });
  expect(error?.issues.map(({ message }) => message)).toEqual(['must be a text']);
});
