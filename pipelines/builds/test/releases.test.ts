import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packArtifact, unpackArtifact } from '../artifacts.ts';
import { Releases } from '../releases.ts';

let root: string;
let releases: Releases;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-releases-'));
  releases = new Releases(root, 'staging');
  for (const name of ['old', 'new']) await mkdir(join(releases.folder, name), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const mine = async () => undefined;
const current = () => readlink(join(root, 'staging/current')).then((link) => basename(link));

describe('a worker that froze while it made a release live, and wakes when another one is', () => {
  test('changes nothing when its transaction answered just before', async () => {
    const frozen = releases.switchTo('old', () => releases.switchTo('new', mine));
    await expect(frozen).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await current()).toBe('new');
    expect((await readdir(join(root, 'staging'))).sort()).toEqual(['current', 'releases']);
  });

  test('changes nothing when its transaction is over', async () => {
    await releases.switchTo('new', mine);
    const over = () => Promise.reject(new Error('the transaction is over'));
    await expect(releases.switchTo('old', over)).rejects.toThrow('the transaction is over');
    await expect(releases.retire(1, over)).rejects.toThrow('the transaction is over');
    expect(await current()).toBe('new');
    expect((await readdir(join(root, 'staging'))).sort()).toEqual(['current', 'releases']);
    expect((await readdir(releases.folder)).sort()).toEqual(['new', 'old']);
  });
});

/** In a thread of its own, without a pause: how often there was no link, told once `stop` is set. */
const watcher = `
  const { readlinkSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const stop = new Int32Array(workerData.stop);
  let missing = 0;
  let looks = 0;
  for (; Atomics.load(stop, 0) === 0; looks += 1) {
    try { readlinkSync(workerData.link); } catch { missing += 1; }
    if (looks === 0) parentPort.postMessage('looks');
  }
  parentPort.postMessage({ looks, missing });
`;

test('current is there at every moment of many switches', async () => {
  await releases.switchTo('old', mine);
  const stop = new SharedArrayBuffer(4);
  const workerData = { link: join(root, 'staging/current'), stop };
  const thread = new Worker(watcher, { eval: true, workerData });
  const told = () =>
    new Promise<unknown>((resolve, reject) => thread.once('message', resolve).once('error', reject));
  await told();
  const seen = told();
  for (let i = 0; i < 50; i += 1) await releases.switchTo(i % 2 === 0 ? 'new' : 'old', mine);
  Atomics.store(new Int32Array(stop), 0, 1);
  expect(await seen).toMatchObject({ missing: 0 });
});

describe.skipIf(!existsSync('/proc/self/fd'))('before a deployment can say that it succeeded', () => {
  /** What was flushed, in order, by its path at that moment. Of folders also what they held then. */
  async function flushed(work: () => Promise<void>): Promise<string[]> {
    const handle = await open(root, 'r');
    const prototype: FileHandle = Object.getPrototypeOf(handle);
    await handle.close();
    const paths: string[] = [];
    const sync = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      const names = statSync(path).isDirectory() ? `: ${readdirSync(path).sort().join(' ')}` : '';
      paths.push(relative(root, path) + names);
    });
    await work().finally(() => sync.mockRestore());
    return paths;
  }

  test('each file and folder of its release is flushed, and then the names that lead there', async () => {
    const source = join(root, 'source');
    await mkdir(join(source, 'sub'), { recursive: true });
    for (const name of ['a', 'b', 'sub/c']) await writeFile(join(source, name), name);
    await packArtifact(source, join(root, 'artifact.tar.gz'), 1_000);
    const unpacked = join(releases.folder, '.try');
    await mkdir(unpacked);
    const paths = await flushed(async () => {
      await unpackArtifact(join(root, 'artifact.tar.gz'), unpacked, 1_000);
      await releases.add('next', unpacked);
      await releases.switchTo('next', mine);
    });
    const at = 'staging/releases';
    expect(paths.slice(0, 5).sort()).toEqual([
      `${at}/.try/a`,
      `${at}/.try/b`,
      `${at}/.try/sub/c`,
      `${at}/.try/sub: c`,
      `${at}/.try: a b sub`,
    ]);
    expect(paths.slice(5)).toEqual([
      `${at}: new next old`,
      'staging: current releases',
      ': artifact.tar.gz source staging',
    ]);
  });
});
