import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const folders = 'bench|chaos|deploy|docs|examples|mappings|migrations|pipelines|scripts|server|src|test';
const path = new RegExp(`(?<![\\w./@-])(?:${folders})/(?:[\\w./*-]|\\{[\\w./*,-]+\\})*[\\w*}-]`, 'g');

/** What a reader or a command makes, what stands for any name, and what lies in a package of others. */
const notHere = /word-counts|^bench\/results$|^src\/page$|\/NAME\.ts$|^scripts\/temporal$/;

/** The programs of the image are compiled. */
const asInImage = (found: string) => found.replace(/^(server\/\w+)\.js$/, '$1.ts');

const files = globSync(
  [
    `{${folders.replaceAll('|', ',')}}/**/*.{md,ts,mjs,sql,sh,service}`,
    '*.{md,ts,json,yml}',
    '.env.example',
    'Dockerfile',
  ],
  { exclude: ['**/node_modules/**', 'package-lock.json', 'test/docs/paths.test.ts'] },
);

test('every path that a page, a comment or a script names is there', () => {
  const named = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(path)].map(([found]) => ({ file, found })),
  );
  expect(named.length).toBeGreaterThan(100);
  const isThere = (found: string) => globSync(asInImage(found)).length > 0 || notHere.test(found);
  expect(named.filter(({ found }) => !isThere(found))).toEqual([]);
});

/** The place that a heading makes, as GitHub names it. */
const anchorOf = (heading: string) =>
  `#${heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')}`;

function leadsSomewhere(page: string, link: string): boolean {
  const [, to = '', anchor] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  const target = to === '' ? page : join(dirname(page), to);
  if (!existsSync(target) || anchor === undefined) return existsSync(target);
  const headings = readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].some(([, heading = '']) => anchorOf(heading) === anchor);
}

test('every link of a page leads to a page and to a heading of it', () => {
  const links = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^\s)]+)\)/g)].map(([, link = '']) => ({
        page,
        link,
      })),
    );
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ page, link }) => !leadsSomewhere(page, link))).toEqual([]);
});
