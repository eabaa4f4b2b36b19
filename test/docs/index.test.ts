import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const pages = globSync('docs/*.md').filter((page) => page !== 'docs/README.md');

test('the index of the documentation names every page', () => {
  const index = readFileSync('docs/README.md', 'utf8');
  const missing = pages.filter((page) => !index.includes(`](${page.replace('docs/', '')})`));
  expect(missing).toEqual([]);
});

test('the menu of the site leads to pages that are there', () => {
  const config = readFileSync('docs/site/.vitepress/config.ts', 'utf8');
  const links = [...config.matchAll(/page\([^)]*?, '(\/[^']+)'\)/g)].map(([, link = '']) => link);
  const fileOf = (link: string) => (link.endsWith('/') ? `.${link}README.md` : `.${link}.md`);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((link) => !existsSync(fileOf(link)))).toEqual([]);
});
