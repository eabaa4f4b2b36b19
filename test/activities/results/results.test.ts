import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createResults, type Results } from '../../../src/activities/results/results.ts';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';
import type { StoredFile } from '../../../src/platform/files.ts';
import { mountSmallDisk, type SmallDisk, smallDisks } from '../../support/small-disk.ts';

let root: string;
let staging: string;
let results: Results;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-results-'));
  staging = join(root, 'staging');
  results = await createResults({ resultRoot: root, stagingRoot: staging });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const stage = (key: string, body: string, into = results) =>
  into.stage(key, body.length, async (file) => {
    await file.writeFile(body);
    return { bytes: body.length, sha256: sha256(body) };
  });

const publish = async (staged: StoredFile, into = results) => (await into.place('job', staged)).publish();

describe('staging', () => {
  test('keeps an answer until a later try asks for it', async () => {
    const staged = await stage('job.run', '<a/>');
    expect(await results.staged('job.run')).toEqual(staged);
    expect(staged).toMatchObject({ bytes: 4, sha256: sha256('<a/>') });
  });

  test('knows nothing of other runs', async () => {
    await stage('job.run', '<a/>');
    expect(await results.staged('job.other')).toBeUndefined();
  });

  test('shows nothing before the answer is whole', async () => {
    let seen: unknown = 'not asked';
    await results.stage('job.run', 0, async (file) => {
      await file.writeFile('<a>');
      seen = await results.staged('job.run');
      await file.writeFile('</a>');
      return { bytes: 7, sha256: sha256('<a></a>') };
    });
    expect(seen).toBeUndefined();
    expect(await results.staged('job.run')).toMatchObject({ bytes: 7 });
  });

  test('leaves nothing of an answer that failed, and throws what it failed with', async () => {
    const failure = new JobError('CARRIER_LIES', 'bad', { retryable: true });
    const failing = results.stage('job.run', 0, async (file) => {
      await file.writeFile('<a>');
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await readdir(staging)).toEqual([]);
  });

  test('by two workers at once leaves the answer of one, whole', async () => {
    const bodies = ['x', 'y'].map((letter) => letter.repeat(3_000_000));
    const started = bodies.map(() => Promise.withResolvers<void>());
    const staged = await Promise.all(
      bodies.map((body, i) =>
        results.stage('job.run', 0, async (file) => {
          await file.writeFile(body.slice(0, 1_000_000));
          started[i]?.resolve();
          await Promise.all(started.map(({ promise }) => promise));
          await file.writeFile(body.slice(1_000_000));
          return { bytes: body.length, sha256: sha256(body) };
        }),
      ),
    );
    const kept = await results.staged('job.run');
    expect(staged.map((file) => file.sha256)).toContain(kept?.sha256);
  });

  test('refuses before anything is asked for when the disk has no room for as much again', async () => {
    let asked = false;
    const receive = async () => {
      asked = true;
      return { bytes: 0, sha256: '' };
    };
    await expect(results.stage('job.run', Number.MAX_SAFE_INTEGER, receive)).rejects.toMatchObject({
      code: ErrorCode.IO_ERROR,
      retryable: true,
    });
    expect(asked).toBe(false);
  });

  test('survives kill -9 in the middle: no half answer, and the next try begins anew', async () => {
    const program = fileURLToPath(new URL('../../support/stage-slowly.ts', import.meta.url));
    const child = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);

    const next = await createResults({ resultRoot: root, stagingRoot: root });
    expect(await next.staged('job.run')).toBeUndefined();
    expect((await readdir(root)).filter((name) => name.startsWith('job.run'))).toHaveLength(1);
    await stage('job.run', '<whole/>', next);
    expect(await next.staged('job.run')).toMatchObject({ bytes: 8 });
  });
});

describe('publishing', () => {
  test('names the result by its job, below the result root', async () => {
    const stored = await publish(await stage('job.run', '<a/>'));
    expect(stored).toEqual({ path: 'results/job.xml', bytes: 4, sha256: sha256('<a/>') });
    expect(await readFile(join(root, stored.path), 'utf8')).toBe('<a/>');
  });

  test('twice gives the same file, and nothing beside it', async () => {
    const staged = await stage('job.run', '<a/>');
    expect(await publish(staged)).toEqual(await publish(staged));
    expect(await readdir(join(root, 'results'))).toEqual(['job.xml']);
  });

  test('of a copy that is taken back shows nothing and leaves nothing', async () => {
    const placed = await results.place('job', await stage('job.run', '<a/>'));
    expect(await readdir(join(root, 'results'))).not.toContain('job.xml');
    await placed.remove();
    expect(await readdir(join(root, 'results'))).toEqual([]);
  });

  test('never shows a reader half a file', async () => {
    const bodies = ['x'.repeat(2_000_000), 'y'.repeat(3_000_000)];
    const staged = await Promise.all(bodies.map((body, i) => stage(`job.run${i}`, body)));
    await publish(staged[0] ?? expect.unreachable());
    let writing = true;
    const write = async () => {
      for (let i = 0; i < 20; i++) await publish(staged[i % 2] ?? expect.unreachable());
      writing = false;
    };
    const read = async () => {
      const hashes = new Set<string>();
      while (writing) hashes.add(sha256(await readFile(join(root, 'results/job.xml'), 'utf8')));
      return hashes;
    };
    const [hashes] = await Promise.all([read(), write()]);
    expect(hashes.size).toBeGreaterThan(0);
    expect(bodies.map(sha256)).toEqual(expect.arrayContaining([...hashes]));
  });

  test('of an answer that is gone is an IO_ERROR that is tried again', async () => {
    const staged = await stage('job.run', '<a/>');
    await results.discard(staged);
    await results.discard(staged); // a second time is no error
    await expect(publish(staged)).rejects.toMatchObject({
      code: ErrorCode.IO_ERROR,
      retryable: true,
      message: 'the result could not be stored (ENOENT)',
    });
    expect(await readdir(join(root, 'results'))).toEqual([]);
  });
});

describe('the sweep', () => {
  const hour = 60 * 60;
  async function fileOfAge(path: string, seconds: number) {
    await writeFile(path, 'x');
    const then = Date.now() / 1000 - seconds;
    await utimes(path, then, then);
  }

  test('removes temporary files after an hour and staged answers after two days, and nothing else', async () => {
    await stage('job.run', '<a/>');
    await stage('old.run', '<a/>');
    await fileOfAge(join(staging, 'old.run.staged.xml'), 49 * hour);
    await fileOfAge(join(staging, 'a.run.1.xml.part'), 2 * hour);
    await fileOfAge(join(staging, 'b.run.1.xml.part'), 0.5 * hour);
    await fileOfAge(join(staging, 'notes.txt'), 1000 * hour);
    await mkdir(join(staging, 'folder'));
    await fileOfAge(join(root, 'results', 'c.1.xml.part'), 2 * hour);
    await fileOfAge(join(root, 'results', 'c.xml'), 1000 * hour);

    expect(await results.sweep()).toBe(3);
    expect((await readdir(staging)).sort()).toEqual(
      ['b.run.1.xml.part', 'folder', 'job.run.staged.xml', 'notes.txt'].sort(),
    );
    expect(await readdir(join(root, 'results'))).toEqual(['c.xml']);
    expect(await results.sweep()).toBe(0);
  });

  test('finds what its own staging and publishing leave behind', async () => {
    const left: string[] = [];
    await results.stage('job.run', 0, async (file) => {
      left.push(...(await readdir(staging)));
      await file.writeFile('<a/>');
      return { bytes: 4, sha256: sha256('<a/>') };
    });
    expect(left).toHaveLength(1);
    for (const name of left) await fileOfAge(join(staging, name), 2 * hour);
    await fileOfAge(join(staging, 'job.run.staged.xml'), 49 * hour);
    expect(await results.sweep()).toBe(2);
  });

  test('spares results even where both roots are one folder', async () => {
    const one = await createResults({ resultRoot: root, stagingRoot: join(root, 'results') });
    await publish(await stage('job.run', '<a/>', one), one);
    await fileOfAge(join(root, 'results', 'job.xml'), 1000 * hour);
    expect(await one.sweep()).toBe(0);
  });
});

describe.skipIf(!smallDisks.available)(`a full disk${smallDisks.note}`, () => {
  let disk: SmallDisk;
  beforeAll(() => {
    disk = mountSmallDisk(2);
  });
  afterAll(() => disk.unmount());

  test('while publishing is an IO_ERROR that is tried again, leaves nothing, and passes', async () => {
    const small = await createResults({ resultRoot: disk.path, stagingRoot: staging });
    const staged = await stage('job.run', 'x'.repeat(1_500_000), small);
    await writeFile(join(disk.path, 'filler'), 'x'.repeat(1_000_000));
    await expect(publish(staged, small)).rejects.toMatchObject({
      code: ErrorCode.IO_ERROR,
      retryable: true,
      message: 'the result could not be stored (ENOSPC)',
    });
    expect(await readdir(join(disk.path, 'results'))).toEqual([]);
    await rm(join(disk.path, 'filler'));
    expect(await publish(staged, small)).toMatchObject({ bytes: 1_500_000 });
    await rm(join(disk.path, 'results'), { recursive: true });
  });

  test('is seen before anything is asked for', async () => {
    const small = await createResults({ resultRoot: root, stagingRoot: join(disk.path, 'staging') });
    await writeFile(join(disk.path, 'filler'), 'x'.repeat(1_500_000));
    let asked = false;
    const receive = async () => {
      asked = true;
      return { bytes: 0, sha256: '' };
    };
    await expect(small.stage('job.run', 10, receive)).rejects.toMatchObject({
      code: ErrorCode.IO_ERROR,
      retryable: true,
      message: 'the result could not be stored (ENOSPC)',
    });
    expect(asked).toBe(false);
    await rm(join(disk.path, 'filler'));
  });
});
