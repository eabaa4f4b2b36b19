import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { refsOf, requireWholeHash } from '../git-refs.ts';

const run = promisify(execFile);

const allowedByGit = (name: string): Promise<boolean> =>
  run('git', ['check-ref-format', `refs/heads/${name}`]).then(
    () => true,
    () => false,
  );

function isAllowed(name: string): boolean {
  try {
    return refsOf(name).length > 0;
  } catch {
    return false;
  }
}

const inner = Array.from({ length: 127 }, (_, i) => `a${String.fromCharCode(i + 1)}b`);
const whole = [
  ...[
    '',
    '@',
    '@{',
    'a@',
    'a@{b',
    '{',
    '.a',
    'a.',
    'a.b',
    'a..b',
    'a/.b',
    'a/b.',
    'a.lock',
    'a.lock/b',
    'a.locks',
    '.lock',
  ],
  ...[
    '/a',
    'a/',
    'a//b',
    'a/b/c',
    '+a',
    'HEAD',
    'refs/heads/a',
    'refs/tags/a',
    'refs/pull/1/head',
    'ümlaut',
    '日本',
    '🚀',
    'a\u00a0b',
  ],
];

test('a branch is what git check-ref-format allows', async () => {
  const names = [...inner, ...whole];
  const byGit = await Promise.all(names.map(allowedByGit));
  expect(names.filter(isAllowed)).toEqual(names.filter((_, i) => byGit[i]));
});

test.each(['-a', '--upload-pack=touch'])(
  '%s, which git allows no branch to be called, is refused',
  (name) => {
    expect(() => refsOf(name)).toThrow('it begins with "-"');
  },
);

test('what is refused is told with what is wrong, without its control characters', () => {
  expect(() => refsOf('a\nb')).toThrow('the branch "a\\nb" is no name of a branch or tag: it holds "\\n"');
  expect(() => refsOf('a'.repeat(5_000))).toThrow('it has more than 4096 bytes');
});

const hash = 'a1'.repeat(20);
test.each([
  ['v1', ['refs/heads/v1', 'refs/tags/v1']],
  ['refs/heads/v1', ['refs/heads/v1']],
  ['refs/tags/v1', ['refs/tags/v1']],
  ['refs/pull/1/head', ['refs/heads/refs/pull/1/head', 'refs/tags/refs/pull/1/head']],
  [hash, [`refs/heads/${hash}`, `refs/tags/${hash}`, hash]],
])('%s means %o', (name, refs) => {
  expect(refsOf(name)).toEqual(refs);
});

test.each(['HEAD~1', 'abc123', `${hash}0`, `-${hash.slice(1)}`])('the commit %s is refused', (commit) => {
  expect(() => requireWholeHash(commit)).toThrow('is not a whole hash');
});
