import { execFile, execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTryFolder } from '../../lib/try-folders.ts';
import { packOutput } from '../build-output.ts';

const run = promisify(execFile);
let folder: string;
let source: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-output-'));
  source = join(folder, 'source');
  await mkdir(join(source, 'dist'), { recursive: true });
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  execFileSync('rm', ['-rf', folder]); // the paths may be longer than Node can remove
});

const dist = (name: string) => join(source, 'dist', name);
const pack = (output = 'dist', maxBytes = 1_000_000) =>
  packOutput(source, output, join(folder, 'artifact'), maxBytes);

async function replaceDist(make: (path: string) => Promise<unknown>): Promise<void> {
  await rm(join(source, 'dist'), { recursive: true });
  await make(join(source, 'dist'));
}

/** Deeper than a path may be long. */
function makeDeepFolder(within: string): Promise<unknown> {
  const script = 'i=0; while [ $i -lt 20 ]; do mkdir $0; cd -P ./$0; i=$((i + 1)); done';
  return run('sh', ['-c', script, 'd'.repeat(250)], { cwd: within });
}

describe('is the build’s own fault, told with the path, and not built again:', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    [
      'no folder',
      () => replaceDist(async () => undefined),
      'the build made no folder dist in the repository',
    ],
    ['a file', () => replaceDist((path) => writeFile(path, '')), 'dist is not a folder'],
    ['a pipe', () => replaceDist((path) => run('mkfifo', [path])), 'dist is not a folder'],
    ['a link out of the repository', () => replaceDist((path) => symlink('/etc', path)), 'leads out of it'],
    [
      'a link that leads nowhere',
      () => replaceDist((path) => symlink('gone', path)),
      'a link that leads nowhere',
    ],
    ['a link to itself', () => replaceDist((path) => symlink('dist', path)), 'dist cannot be read (ELOOP)'],
    [
      'a folder below a file',
      () => writeFile(join(source, 'dist', 'x'), ''),
      'dist/x/y cannot be read (ENOTDIR)',
    ],
    ['nothing in it', async () => undefined, 'it is empty'],
    ['a link in it', () => symlink('/etc/passwd', dist('x')), '"x" is a symbolic link'],
    ['a pipe in it', () => run('mkfifo', [dist('x')]), '"x" is a device, socket or pipe'],
    [
      'a hard link in it',
      async () => {
        await writeFile(dist('x'), '');
        await link(dist('x'), dist('y'));
      },
      '"x" is a file of several names',
    ],
    ['too much in it', () => writeFile(dist('x'), Buffer.alloc(2_000_000)), 'larger than 1000000 bytes'],
    [
      'a name that is not UTF-8',
      () => writeFile(Buffer.concat([Buffer.from(dist('a')), Buffer.from([0xff])]), ''),
      '"a\ufffd" has a name that is not UTF-8',
    ],
    ['a path that is too long', () => makeDeepFolder(join(source, 'dist')), 'cannot be read (ENAMETOOLONG)'],
  ])('%s', async (_, make, message) => {
    await make();
    const output = message.startsWith('dist/x/y') ? 'dist/x/y' : 'dist';
    await expect(pack(output)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  /** The superuser reads everything. */
  const asNobody = (script: string) =>
    run('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      '--input-type=module-typescript',
      '-e',
      script,
    ]);

  test.runIf(process.getuid?.() === 0)('what its account may not read', async () => {
    await writeFile(dist('secret'), 'x');
    await mkdir(dist('sub'));
    for (const name of ['secret', 'sub']) await chmod(dist(name), 0o000);
    await chmod(folder, 0o777);
    const script = `
      import { packOutput } from '${import.meta.dirname}/../build-output.ts';
      const failed = await packOutput('${source}', 'dist', '${folder}/artifact', 1000).catch((error) => error);
      console.log(JSON.stringify([failed.code, failed.retryable, failed.message]));`;
    const answer = async () => JSON.parse((await asNobody(script)).stdout);
    expect(await answer()).toEqual([
      'BUILD_FAILED',
      false,
      'the output of the build: "sub" cannot be read (EACCES)',
    ]);
    await rm(dist('sub'), { recursive: true });
    expect(await answer()).toEqual([
      'BUILD_FAILED',
      false,
      'the output of the build: "secret" cannot be read (EACCES)',
    ]);
  });
});

test('a full disk is the worker’s: IO_ERROR, and tried again', async () => {
  await writeFile(dist('x'), Buffer.alloc(200_000, 'abc'));
  await expect(packOutput(source, 'dist', '/dev/full', 1_000_000)).rejects.toMatchObject({
    code: 'IO_ERROR',
    retryable: true,
    message: expect.stringContaining('ENOSPC'),
  });
});

test('a try’s folder is removed also where its paths are longer than the system takes at once', async () => {
  const own = await makeTryFolder(join(folder, 'tries'), 'try-', '1');
  await makeDeepFolder(own.path);
  await own.remove();
  expect((await makeTryFolder(join(folder, 'tries'), 'try-', '2')).recovers).toBe(false);
});
