import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const page = readFileSync('docs/api.md', 'utf8');
const sources = ['src/api', 'pipelines/invoices/api', 'pipelines/agent-runs/api', 'pipelines/builds/api']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .concat('pipelines/lib/growing-log.ts')
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

/** Of operations, which have other words in capitals too: what they refuse with. */
const refusals = readdirSync('src/operations', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join('src/operations', path), 'utf8'))
  .flatMap((source) => [...source.matchAll(/'(?:bad|missing|state|unfit|slow)',\s*'([A-Z_]+)'/g)])
  .map((match) => String(match[1]));

/** All that stands quoted as a code of an error does, and the two that are put together. Those of the HTTP library are its own. */
const codes = new Set([
  ...[...sources.matchAll(/'(?!FST_)([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => String(match[1])),
  ...refusals,
  ...['build', 'deployment'].map((what) => `NO_SUCH_${what.toUpperCase()}`),
]);
const table = page.slice(page.indexOf('| status | code | when |'));

test('the table of docs/api.md has every code of an error', () => {
  expect(refusals.length).toBeGreaterThan(10);
  expect(codes.size).toBeGreaterThan(40);
  expect([...codes].filter((code) => !table.includes(`\`${code}\``))).toEqual([]);
});
