import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowedEnvironment } from '../../../src/platform/environment.ts';
import { checkOut } from '../checkout.ts';
import { fetchSubmodules } from '../submodules.ts';
import { addSubmodule, commit, git, makeRepository } from './support/builds.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-checkout-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const repositories = () => join(folder, 'repositories');
const checkedOut = (path: string) => join(folder, 'source', path);

async function repository(name: string): Promise<string> {
  const path = join(repositories(), name);
  await makeRepository(path, { [`${name}.txt`]: name });
  return path;
}

const options = (submodules: boolean, timeoutMs = 60_000) => ({
  limits: {
    env: { ...allowedEnvironment(['PATH']), HOME: folder },
    timeoutMs,
    memoryMiB: 1024,
    signal: new AbortController().signal,
  },
  rules: { addresses: [], localRoots: [repositories()] },
  submodules,
});

async function fetchMain(path: string, more = options(true)) {
  await mkdir(checkedOut(''));
  return checkOut(
    { address: path, protocol: 'file' },
    { branch: 'main', commit: undefined },
    checkedOut(''),
    more,
  );
}

describe('submodules', () => {
  test('are fetched at the commit that their repository names, those of submodules, too', async () => {
    const [site, theme, icons] = [
      await repository('site'),
      await repository('theme'),
      await repository('icons'),
    ];
    await addSubmodule(theme, icons, 'icons', '../icons');
    await addSubmodule(site, theme, 'vendor/theme');
    await commit(theme, { 'later.txt': 'later' });
    expect(await fetchMain(site)).toEqual({ commit: await git(site, 'rev-parse', 'HEAD'), missing: [] });
    expect(await readFile(checkedOut('vendor/theme/theme.txt'), 'utf8')).toBe('theme');
    expect(await readFile(checkedOut('vendor/theme/icons/icons.txt'), 'utf8')).toBe('icons');
    await expect(readFile(checkedOut('vendor/theme/later.txt'))).rejects.toThrow('ENOENT');
  });

  test('that are missing are told when they are not fetched', async () => {
    const site = await repository('site');
    await addSubmodule(site, await repository('theme'), 'vendor/"x"');
    const { missing } = await fetchMain(site, options(false));
    expect(missing).toEqual([
      String.raw`submodules were not fetched, as BUILD_SUBMODULES is off: "vendor/\"x\""`,
    ]);
  });

  test.each([
    [
      'an address that is not allowed',
      'https://example.org/a.git',
      'is not among the addresses of BUILD_REPOSITORIES',
    ],
    ['an address with a password', 'https://me:secret@example.org/a', 'holds a user or password'],
    ['a path elsewhere', '/etc', 'not below a folder of BUILD_LOCAL_ROOTS'],
    ['a relative path that leads elsewhere', '../../..', 'not below a folder of BUILD_LOCAL_ROOTS'],
    ['a transport that runs a command', 'ext::sh -c id', 'neither an absolute path nor'],
    ['an option', '--upload-pack=touch', 'neither an absolute path nor'],
  ])('are not fetched from %s', async (_, url, message) => {
    const site = await repository('site');
    await addSubmodule(site, site, 'vendor/x', url);
    const error = await fetchMain(site).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ code: 'BUILD_FAILED', retryable: false });
    expect((error as Error).message).toMatch(/^submodule "vendor\/x": /);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('secret');
  });

  test('of a repository at an address are not fetched from this machine', async () => {
    const parent = { address: 'https://example.org/a.git', protocol: 'https' as const };
    const submodule = { path: 'x', commit: 'a'.repeat(40), url: await repository('other') };
    const fetching = fetchSubmodules([submodule], {
      repository: parent,
      folder,
      options: options(true),
      checkOut,
    });
    await expect(fetching).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'submodule "x": a repository at an address may not name a local path',
    });
  });

  test('are fetched so deep and no deeper', async () => {
    let inner = await repository('r0');
    for (const i of [1, 2, 3, 4, 5, 6]) {
      const outer = await repository(`r${i}`);
      await addSubmodule(outer, inner, 'x');
      inner = outer;
    }
    await expect(fetchMain(inner)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'submodule "x/x/x/x/x/x": submodules are fetched 5 deep at most',
    });
  });

  test('whose commit is not there are told', async () => {
    const [site, theme] = [await repository('site'), await repository('theme')];
    await addSubmodule(site, theme, 'x');
    await rm(theme, { recursive: true });
    await makeRepository(theme, { other: 'one' });
    await expect(fetchMain(site)).rejects.toMatchObject({
      code: 'CLONE_FAILED',
      message: expect.stringMatching(/^submodule "x": the repository: git fetch ended with exit code 128: /),
    });
  });
});

describe('a failure of git', () => {
  test('names the subcommand', async () => {
    await mkdir(join(repositories(), 'empty'), { recursive: true });
    await expect(fetchMain(join(repositories(), 'empty'))).rejects.toMatchObject({
      code: 'CLONE_FAILED',
      retryable: false,
      message: expect.stringMatching(
        /^the repository: git fetch ended with exit code 128: .*not appear to be a git repository/s,
      ),
    });
  });

  test('says when git is not installed, and may be tried elsewhere', async () => {
    const { limits, ...rest } = options(true);
    const without = { ...limits, env: { ...limits.env, PATH: '/no/such/folder' } };
    await expect(fetchMain(await repository('site'), { ...rest, limits: without })).rejects.toMatchObject({
      code: 'CLONE_FAILED',
      retryable: true,
      message: expect.stringMatching(
        /git could not be started: no folder of PATH \(\/no\/such\/folder\).*ENOENT/,
      ),
    });
  });

  test('says which tag is no commit', async () => {
    const site = await repository('site');
    await git(site, 'tag', 'tree', 'HEAD^{tree}');
    await mkdir(checkedOut(''));
    const wanted = { branch: 'tree', commit: undefined };
    const fetching = checkOut({ address: site, protocol: 'file' }, wanted, checkedOut(''), options(true));
    await expect(fetching).rejects.toMatchObject({ code: 'CLONE_FAILED', retryable: false });
  });
});
