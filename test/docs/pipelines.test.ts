import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { loadSettings, type Settings } from '../../server/settings.ts';
import type { Pipeline } from '../../src/worker/pipeline.ts';

const folders = globSync('pipelines/*/index.ts').map(dirname);

/** All that modules of a pipeline export. */
async function exportsOf<T>(files: string): Promise<T[]> {
  const modules = globSync(files).map((file) => import(pathToFileURL(resolve(file)).href));
  return (await Promise.all(modules)).flatMap((module) => Object.values(module) as T[]);
}

test.each(folders)('the README of %s names its queues, settings and error codes', async (folder) => {
  const [define = expect.unreachable()] = await exportsOf<(of: Settings) => Pipeline>(`${folder}/index.ts`);
  const { queues } = define(loadSettings({}));
  const settings = await exportsOf<Record<string, { name: string }>>(`${folder}/**/settings.ts`);
  const codes = await exportsOf<Record<string, string>>(`${folder}/error-codes.ts`);
  const names = [
    ...queues.flatMap(({ name, table, states }) => [name, table, ...Object.values(states)]),
    ...settings.flatMap((table) => Object.values(table).map(({ name }) => name)),
    ...codes.flatMap((code) => Object.values(code)),
  ];
  const page = readFileSync(`${folder}/README.md`, 'utf8');
  expect(names.length).toBeGreaterThan(6);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
