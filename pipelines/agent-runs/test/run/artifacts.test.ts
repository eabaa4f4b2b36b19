import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Artifacts } from '../../run/artifacts.ts';

let root: string;
let scheduledAt = 0;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-artifacts-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = () =>
  Artifacts.open(root, { jobId: 'a', attempt: 1, scheduledAt: String(++scheduledAt) }, 100_000);
const mine = async () => undefined;
const read = (name: string) => readFile(join(root, 'agent-runs/a/1', name), 'utf8');

test('a try that was thought lost changes none of the files that the next one has published', async () => {
  const lost = await open();
  await lost.write('001-a.json', 'by the lost one');
  const next = await open();
  await next.write('001-a.json', 'by the next');
  await next.publish(mine);
  const { artifacts } = await next.seal({});
  await next.publish(mine);
  const manifest = await read('manifest.json');

  await expect(lost.write('001-a.json', 'late')).rejects.toMatchObject({ code: 'IO_ERROR' });
  await expect(lost.seal({ late: true })).rejects.toMatchObject({ code: 'IO_ERROR' });
  await expect(lost.publish(mine)).rejects.toMatchObject({ code: 'IO_ERROR' });
  expect(await read('001-a.json')).toBe('by the next');
  expect(await read('manifest.json')).toBe(manifest);
  expect(artifacts.map(({ name }) => name)).toEqual(['001-a.json', 'log.txt']);
  for (const each of [lost, next]) await each.closeLog();
});

test('what a try wrote is there once it is published, and nothing else of it stays', async () => {
  const artifacts = await open();
  await artifacts.write('001-a.json', 'one');
  await artifacts.publish(mine);
  await artifacts.write('002-b.json', 'two');
  expect(await readdir(join(root, 'agent-runs/a/1'))).not.toContain('002-b.json');
  artifacts.forget();
  const { artifacts: listed } = await artifacts.seal({});
  await artifacts.publish(mine);
  await artifacts.removeUnpublished();
  await artifacts.closeLog();
  expect(listed.map(({ name }) => name)).toEqual(['001-a.json', 'log.txt']);
  expect((await readdir(join(root, 'agent-runs/a/1'))).sort()).toEqual([
    '001-a.json',
    'log.txt',
    'manifest.json',
  ]);
});

test('nothing is published once the row is no longer locked', async () => {
  const artifacts = await open();
  await artifacts.write('001-a.json', 'one');
  const lost = () => Promise.reject(new Error('the transaction is over'));
  await expect(artifacts.publish(lost)).rejects.toThrow('the transaction is over');
  expect(await readdir(join(root, 'agent-runs/a/1'))).not.toContain('001-a.json');
  await artifacts.closeLog();
});
