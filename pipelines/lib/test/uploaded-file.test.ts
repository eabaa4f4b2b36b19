import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';
import { createFolderStore } from '../../../src/storage/folder-store.ts';
import { openUpload } from '../uploaded-file.ts';

let folder: string;
let root: string;
/** Its content. */
async function read(inRoot: string, path: string, maxBytes: number): Promise<string> {
  const upload = await openUpload(createFolderStore(inRoot), path, maxBytes);
  return text(await upload.stream());
}
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'switchyard-files-')));
  root = join(folder, 'uploads');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(folder, 'uploads-of-others'));
  await writeFile(join(root, 'a.pdf'), '12345');
  await writeFile(join(root, 'sub', 'b.pdf'), '12');
  await writeFile(join(root, '..data.pdf'), '1');
  await writeFile(join(folder, 'secret.pdf'), 'secret');
  await writeFile(join(folder, 'uploads-of-others', 'c.pdf'), 'secret');
  await symlink(join(folder, 'secret.pdf'), join(root, 'out.pdf'));
  await symlink(folder, join(root, 'out'));
  await symlink('a.pdf', join(root, 'in.pdf'));
  await symlink('loop.pdf', join(root, 'loop.pdf'));
  execFileSync('mkfifo', [join(root, 'pipe.pdf')]);
  await symlink(root, join(folder, 'linked-root'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an upload', () => {
  test.each([
    ['by its name', 'a.pdf', '12345'],
    ['in a folder', 'sub/b.pdf', '12'],
    ['whose name begins with two dots', '..data.pdf', '1'],
    ['by a link that stays inside', 'in.pdf', '12345'],
    ['by a path that goes down and up again', 'sub/../a.pdf', '12345'],
  ])('is found %s', async (_, path, content) => {
    expect(await read(root, path, 100)).toBe(content);
  });

  test('is found by its whole path below the root', async () => {
    expect(await read(root, join(root, 'a.pdf'), 100)).toBe('12345');
  });

  test('is found below a root that is a link itself', async () => {
    expect(await read(join(folder, 'linked-root'), 'a.pdf', 100)).toBe('12345');
  });

  const refused: [string, string, RegExp][] = [
    ['above the root', '../secret.pdf', /outside the upload root/],
    ['anywhere by its whole path', '/etc/hostname', /outside the upload root/],
    ['in a folder whose name begins like the root', '../uploads-of-others/c.pdf', /outside the upload root/],
    ['by a link that leads out', 'out.pdf', /outside the upload root/],
    ['in a folder that is a link that leads out', 'out/secret.pdf', /outside the upload root/],
    ['that is the root', '.', /outside the upload root/],
    ['without a name', '', /outside the upload root/],
    ['that is a folder', 'sub', /not a regular file/],
    ['that is a pipe', 'pipe.pdf', /not a regular file/],
    ['that is missing', 'gone.pdf', /missing or cannot be read \(ENOENT\)/],
    ['below a file', 'a.pdf/b.pdf', /missing or cannot be read \(ENOTDIR\)/],
    ['by a link to itself', 'loop.pdf', /missing or cannot be read \(ELOOP\)/],
    ['with a NUL in its name', 'a.pdf\0.txt', /missing or cannot be read/],
    ['with an endless name', 'x'.repeat(10_000), /missing or cannot be read \(ENAMETOOLONG\)/],
  ];
  test.each(refused)('%s is refused for good', async (_, path, message) => {
    const error: unknown = await read(root, path, 100).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobError);
    expect(error).toMatchObject({ code: ErrorCode.IO_ERROR, retryable: false });
    const text = error instanceof Error ? error.message : '';
    expect(text).toMatch(message);
    expect(text).not.toContain(folder);
  });

  const everybodyReads = process.getuid?.() === 0;
  test.skipIf(everybodyReads)(
    `that may not be read is refused for good${everybodyReads ? ' (skipped: root may read everything)' : ''}`,
    async () => {
      const path = join(root, 'locked.pdf');
      await writeFile(path, 'x');
      await chmod(path, 0);
      await expect(read(root, 'locked.pdf', 100)).rejects.toMatchObject({
        code: ErrorCode.IO_ERROR,
        retryable: false,
      });
    },
  );

  test('of exactly the limit is taken, and one byte more is TOO_LARGE', async () => {
    expect(await read(root, 'a.pdf', 5)).toBe('12345');
    await expect(read(root, 'a.pdf', 4)).rejects.toMatchObject({
      code: ErrorCode.TOO_LARGE,
      retryable: false,
      message: 'the upload has 5 bytes, over the limit of 4',
    });
  });
});
