import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileCache } from '../../server/dev/roles.ts';
import { createLettersDatabase } from '../support/letters/database.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
beforeAll(async () => {
  database = await createLettersDatabase();
});
afterAll(() => database.drop());

/** `npm run token -- …` */
const token = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['server/token.ts', ...args], {
    env: { ...compileCache, PATH: process.env['PATH'], DATABASE_URL: database.url },
  });

describe('npm run token', () => {
  test('makes a token and shows it once, lists it without, and revokes it', async () => {
    expect((await token('list')).stdout).toMatch('there is no token');
    const made = await token('create', 'ci', '--scopes', 'write, read', '--expires', '90d');
    expect(made.stdout).toMatch(/^swy_[\w-]{43}\n$/);
    expect(made.stderr).toMatch('"ci" is shown this once');

    const listed = (await token('list')).stdout;
    expect(listed).toMatch(/^ci {2}read,write {2}\S+Z {2}good until \S+Z {2}used never$/m);
    expect(listed).not.toContain(made.stdout.trim());

    expect((await token('revoke', 'ci')).stdout).toMatch('the token "ci" is revoked');
    expect((await token('list')).stdout).toMatch(/^ci .* revoked \S+Z/m);
    await expect(token('create', 'ci', '--scopes', 'read')).rejects.toMatchObject({
      stderr: expect.stringContaining('there is a token "ci" already'),
    });
  });

  test.each([
    [['create', 'x'], /--scopes must be .* got ""/],
    [
      ['create', 'x', '--scopes', 'read,admin'],
      /--scopes must be a .* read, write, operate; got "read,admin"/,
    ],
    [['create', 'x', '--scopes', 'read', '--expires', '90'], /--expires must be .* got "90"/],
    [['create', 'x', '--scopes', 'read', '--expires', '4000d'], /up to 3650d.* got "4000d"/],
    [['create', '../x', '--scopes', 'read'], /NAME must be .* got "..\/x"/],
    [['create', 'x', 'y', '--scopes', 'read'], /too many words: y/],
    [['create', 'x', '--scope', 'read'], /--scope/],
    [['revoke', 'nobody'], /there is no token "nobody"/],
    [['revoke'], /usage:/],
    [[], /usage:/],
  ])('%j is refused in plain words, with exit code 1', async (args, message) => {
    await expect(token(...args)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  });
});
