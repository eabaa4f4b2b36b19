import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-compiled-'));
  execFileSync(process.execPath, ['scripts/compile.ts', folder], { stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string) => readFileSync(path, 'utf8');
const places = (text: string, word: RegExp) => text.split('\n').map((line) => line.search(word));

test('the image has every module as JavaScript, with its SQL, and no tests', () => {
  const modules = globSync('{src,pipelines,server}/**/*.ts').filter(
    (path) => !/(^|\/)(test|node_modules|server\/dev)\//.test(path),
  );
  expect(modules.length).toBeGreaterThan(500);
  for (const path of modules) expect(existsSync(join(folder, path.replace(/ts$/, 'js'))), path).toBe(true);
  expect(globSync('**/{*.ts,test}', { cwd: folder })).toEqual([]);
  expect(existsSync(join(folder, 'pipelines/builds/migrations/01_builds.sql'))).toBe(true);
});

test('what a module names by its relative path is there', () => {
  for (const path of globSync('**/*.js', { cwd: folder })) {
    for (const [, name = ''] of read(join(folder, path)).matchAll(/'(\.{1,2}\/[^'\n]+\.[jt]s)'/g))
      expect(existsSync(resolve(folder, dirname(path), name)), `${path}: ${name}`).toBe(true);
  }
  const { exports } = JSON.parse(read(join(folder, 'src/package.json'))) as {
    exports: Record<string, string>;
  };
  for (const path of Object.values(exports)) expect(existsSync(join(folder, 'src', path)), path).toBe(true);
});

test('stack traces name the lines and columns of the sources', () => {
  for (const path of ['server/queues.ts', 'src/starter/run.ts', 'pipelines/builds/checkout.ts']) {
    const compiled = read(join(folder, path.replace(/ts$/, 'js')));
    for (const word of [/\breturn\b/, /\bawait\b/])
      expect(places(compiled, word)).toEqual(places(read(path), word));
  }
});
