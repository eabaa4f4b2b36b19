import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Artifacts } from '../../pipelines/agent-runs/run/artifacts.ts';
import { createGit, gitMayRecover } from '../../pipelines/agent-runs/run/git.ts';
import { NoArtifact, packArtifact, unpackArtifact } from '../../pipelines/builds/artifacts.ts';
import { allowedEnvironment } from '../../src/platform/environment.ts';
import { JobError, systemErrorCode } from '../../src/platform/errors.ts';
import { mountSmallDisk, type SmallDisk, smallDisks } from '../support/small-disk.ts';

const MiB = 1024 * 1024;

/** Where a full disk is no fault of the job, which is tried again. */
describe.skipIf(!smallDisks.available)(`a full disk${smallDisks.note}`, () => {
  let disk: SmallDisk;
  let folder: string;
  beforeAll(async () => {
    disk = mountSmallDisk(1);
    folder = await mkdtemp(join(tmpdir(), 'switchyard-full-'));
  });
  afterAll(async () => {
    disk.unmount();
    await rm(folder, { recursive: true, force: true });
  });

  test('says nothing against an artifact that cannot be unpacked', async () => {
    const [source, target, file] = [
      join(folder, 'source'),
      join(disk.path, 'target'),
      join(folder, 'a.tar.gz'),
    ];
    for (const path of [source, target]) await mkdir(path);
    await writeFile(join(source, 'large'), randomBytes(2 * MiB));
    await packArtifact(source, file, 3 * MiB);
    const unpacked = await unpackArtifact(file, target, 3 * MiB).catch((error: unknown) => error);
    expect(unpacked).toMatchObject({ code: 'ENOSPC' });
    expect(unpacked).not.toBeInstanceOf(NoArtifact);
    await rm(target, { recursive: true });
  });

  test('is told from what git has against the files themselves, however much room is left', async () => {
    const repository = join(disk.path, 'repository');
    const filling = join(disk.path, 'filling');
    await mkdir(repository);
    const git = createGit(allowedEnvironment(['PATH']));
    const run = (args: readonly string[], input = '') =>
      git(args, { cwd: repository, signal: new AbortController().signal, input });
    await run(['init', '--quiet']);
    const blob = await run(['hash-object', '-w', '--stdin'], 'a note');
    const entries = Array.from({ length: 2_000 }, (_, i) => `100644 ${blob}\t${i}-${'x'.repeat(50)}\n`);
    for (const leftKiB of [0, 4, 40, 100]) {
      await fillBut(filling, leftKiB);
      const failure = await run(['update-index', '--add', '--index-info'], entries.join('')).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(JobError);
      expect(gitMayRecover(failure as JobError), String(failure)).toBe(true);
      await rm(filling);
    }
    await rm(repository, { recursive: true });
  });

  test('is why an agent run cannot store what it leaves', async () => {
    const artifacts = await Artifacts.open(disk.path, { jobId: 'a', attempt: 1, scheduledAt: '1' }, MiB);
    const expected = { code: 'IO_ERROR', retryable: true };
    await expect(artifacts.write('large', 'x'.repeat(2 * MiB))).rejects.toMatchObject(expected);
    await artifacts.closeLog();
  });
});

/** Takes all the room of a disk but so much. */
async function fillBut(path: string, leftKiB: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    while (true) await file.write(Buffer.alloc(4096));
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
    await file.truncate((await file.stat()).size - leftKiB * 1024);
  } finally {
    await file.close();
  }
}
