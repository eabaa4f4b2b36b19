import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SetupError } from '../../../../src/platform/errors.ts';
import { loadMappings } from '../../gateway/mappings.ts';
import { listMappings } from '../../mappings.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'switchyard-mappings-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const good = { description: 'd', namespaces: {}, roots: [{ element: 'a', children: ['number'] }] };
const number = [{ element: 'n', from: 'number' }];

async function problemWith(content: unknown): Promise<string> {
  await writeFile(join(dir, 'm.json'), typeof content === 'string' ? content : JSON.stringify(content));
  const error: unknown = await loadMappings(dir).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SetupError);
  return (error as SetupError).message;
}

const withRoot = (rule: object) => ({
  ...good,
  parts: { number },
  roots: [{ element: 'a', children: [rule] }],
});

/** Parts of which each holds the next twice, and parts of which each holds the next in an element. */
const parts = (count: number, part: (next: string) => unknown[]) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, part(`p${i + 1}`)]));
const doubling = (count: number) => parts(count, (next) => [next, next]);
const nesting = (count: number) => parts(count, (next) => [{ element: 'x', children: [next] }]);

describe('mappings', () => {
  test('are the files of a folder that end in .json, sorted', async () => {
    for (const name of ['b.json', 'a.json', 'a.xsd']) await writeFile(join(dir, name), '{}');
    expect(await listMappings(dir)).toEqual(['a', 'b']);
  });

  test('that are shipped can be loaded', async () => {
    expect([...(await loadMappings('mappings')).keys()]).toEqual(['en16931', 'en16931-cii', 'invoice']);
  });

  test('have their parts put in, also those of parts', async () => {
    const parts = { number: ['plain'], plain: number };
    await writeFile(join(dir, 'm.json'), JSON.stringify({ ...good, parts }));
    expect((await loadMappings(dir)).get('m')?.roots).toEqual([{ element: 'a', children: number }]);
  });
});

describe('a folder is refused', () => {
  test('when it is not there', async () => {
    await expect(loadMappings(join(dir, 'none'))).rejects.toThrow(
      /MAPPINGS_DIR must be a folder.*none.*ENOENT/,
    );
  });

  test('when it has no mapping', async () => {
    await expect(loadMappings(dir)).rejects.toThrow(/at least one mapping/);
  });
});

describe('a mapping file is refused, with its name, the place and what it wants,', () => {
  test.each([
    ['is no JSON', '{"a": ', /m\.json cannot be read as JSON/],
    ['has a member that nobody knows', { ...good, colour: 1 }, /the file: .*colour/],
    ['has no roots', { ...good, roots: [] }, /roots: /],
    [
      'has an element with two kinds of content',
      withRoot({ element: 'x', from: 'number', value: 'y' }),
      /roots\.0\.children\.0: must have exactly one of "from", "value" and "children"/,
    ],
    [
      'has an element that is both repeated and moved',
      withRoot({ element: 'x', from: '.', each: 'lines', within: 'seller' }),
      /not have both "within" and "each"/,
    ],
    [
      'has a name that XML does not allow',
      withRoot({ element: '1x', from: 'number' }),
      /roots\.0\.children\.0\.element: must be an XML name/,
    ],
    [
      'declares a namespace as an attribute',
      withRoot({ element: 'x', from: 'number', attributes: { 'xmlns:a': { value: 'u' } } }),
      /attributes.*must be an XML name|attributes.*Invalid key/,
    ],
    [
      'has a path that is none',
      withRoot({ element: 'x', from: 'a b' }),
      /roots\.0\.children\.0\.from: must be a path/,
    ],
    [
      'has a path that leads nowhere',
      withRoot({ element: 'x', from: 'seller.nmae' }),
      /roots\.0 > x\.from: must lead to a single field of the invoice, got "seller\.nmae"/,
    ],
    ['takes a group for a field', withRoot({ element: 'x', from: 'seller' }), /single field.*"seller"/],
    [
      'repeats what is no list',
      withRoot({ element: 'x', each: 'seller', from: '.' }),
      /roots\.0 > x\.each: must lead to a list.*"seller"/,
    ],
    [
      'goes into a list',
      withRoot({ element: 'x', within: 'lines', from: '.' }),
      /within: must lead to a group/,
    ],
    [
      'writes a text in a form that fields have',
      withRoot({ element: 'x', value: 'y', as: 'date-102' }),
      /roots\.0\.children\.0: must have "from" where it has "as"/,
    ],
    [
      'has an attribute without a source',
      withRoot({ element: 'x', from: 'number', attributes: { y: {} } }),
      /attributes\.y: must have exactly one of "from" and "value"/,
    ],
    [
      'has an attribute whose path leads nowhere',
      withRoot({ element: 'x', from: 'number', attributes: { y: { from: '/none' } } }),
      /attributes\.y\.from: must lead to a single field.*"\/none"/,
    ],
    [
      'has a condition whose path leads nowhere',
      withRoot({ element: 'x', from: 'number', when: { path: 'none', is: '1' } }),
      /when\.path: must lead to/,
    ],
    [
      'uses a prefix that is not declared',
      withRoot({ element: 'p:x', from: 'number' }),
      /the prefix of p:x must stand in "namespaces"/,
    ],
    ['names a part that is not there', good, /must be the name of a part, got "number"; there are: none/],
    [
      'has a part that holds itself',
      { ...good, parts: { number: ['number'] } },
      /the part "number" must not hold itself/,
    ],
    [
      'is nested too deeply to be checked',
      `${'{"a":['.repeat(5_000)}${']}'.repeat(5_000)}`,
      /the file: must not be nested more than 220 levels deep/,
    ],
    [
      'has parts that grow beyond all measure',
      { ...good, parts: { ...doubling(40), number: ['p0'], p40: number } },
      /with all parts put in there must be at most 10000 elements/,
    ],
    [
      'has parts that nest elements beyond all measure',
      { ...good, parts: { ...nesting(120), number: ['p0'], p120: number } },
      /must not be nested more than 100 deep/,
    ],
    [
      'has an element with an endless name',
      withRoot({ element: 'x'.repeat(1_000), from: 'number' }),
      /element: must have at most 200 characters/,
    ],
    [
      'has no root for credit notes',
      {
        ...withRoot({ element: 'x', from: 'number' }),
        roots: [{ element: 'a', when: { path: 'type', is: 'invoice' }, children: number }],
      },
      /roots: none is for documents of type credit-note/,
    ],
  ])('when it %s', async (_, content, message) => {
    const problem = await problemWith(content);
    expect(problem).toContain(join(dir, 'm.json'));
    expect(problem).toMatch(message);
  });
});

test('a mapping file with a hundred thousand faults tells some, and how many there are', async () => {
  const children = Array.from({ length: 100_000 }, () => 'none');
  const problem = await problemWith({ ...good, roots: [{ element: 'a', children }] });
  expect(problem.length).toBeLessThan(20_000);
  expect(problem).toMatch(/at most 10000 elements/);
  const faults = await problemWith({
    ...good,
    roots: [{ element: 'a', children: children.slice(0, 9_000) }],
  });
  expect(faults.split('\n')).toHaveLength(22);
  expect(faults).toMatch(/and 8980 more$/);
});
