import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTryFolder } from '../try-folders.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'switchyard-tries-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

test('a try clears away what earlier ones left, and nothing else', async () => {
  const killed = await makeTryFolder(parent, 'try-', '1795702347915001');
  await writeFile(join(killed.path, 'clone'), 'x');
  await writeFile(join(parent, 'artifact.tgz'), 'x');
  const next = await makeTryFolder(parent, 'try-', '1795702347915002');
  expect([killed.recovers, next.recovers]).toEqual([false, true]);
  expect((await readdir(parent)).sort()).toEqual(['artifact.tgz', basename(next.path)]);
});

test('a try that was thought lost and wakes late takes nothing from the one that came after it', async () => {
  const rightful = await makeTryFolder(parent, 'try-', '1795702347915002');
  const lost = await makeTryFolder(parent, 'try-', '1795702347915001');
  expect(lost.recovers).toBe(false);
  expect((await readdir(parent)).sort()).toEqual([basename(lost.path), basename(rightful.path)].sort());
  await makeTryFolder(parent, 'try-', '1795702347915003');
  expect(await readdir(parent)).toHaveLength(1);
});
