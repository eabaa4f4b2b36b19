import { SetupError } from 'pg-switchyard';
import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../../../test/support/logger.ts';
import { openSandbox } from '../../sandbox/open-sandbox.ts';

const here = {
  apiHost: '127.0.0.1',
  databaseUrl: 'postgres://127.0.0.1/switchyard',
  temporalAddress: 'localhost:7233',
};

/** Where `bwrap` does not work: a program that fails as it does without user namespaces. */
const open = (mode: 'auto' | 'bwrap' | 'off', reach: Partial<typeof here> = {}) => {
  const { log, lines } = recordingLogger();
  const options = { mode, queue: 'builds', readable: [], program: '/bin/false', log };
  return { lines, opened: openSandbox({ ...options, reach: { ...here, ...reach } }) };
};

describe('where no sandbox can be made', () => {
  test.each<[string, Partial<typeof here>]>([
    ['the API, the database and Temporal are on this machine', {}],
    ['the database is reached by a socket', { databaseUrl: 'postgres:///switchyard?host=/run/postgresql' }],
    ['the database is named without a host', { databaseUrl: 'postgres://me@/switchyard' }],
  ])('auto goes on without one while %s, with one warning', async (_, reach) => {
    const { opened, lines } = open('auto', reach);
    expect(await opened).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: expect.stringMatching(/^commands of builds cannot run in a sandbox: .*COMMAND_SANDBOX=off/),
    });
  });

  test.each<[string, Partial<typeof here>, RegExp]>([
    ['the API serves other machines', { apiHost: '0.0.0.0' }, /as API_HOST is 0\.0\.0\.0: /],
    [
      'the database is elsewhere',
      { databaseUrl: 'postgres://u:pw@db.example/x' },
      /as DATABASE_URL names the host db\.example: /,
    ],
    [
      'one of several hosts of the database is elsewhere',
      { databaseUrl: 'postgres://127.0.0.1,db.example/x' },
      /DATABASE_URL names the host db\.example/,
    ],
    ['Temporal is elsewhere', { temporalAddress: 'temporal:7233' }, /as TEMPORAL_ADDRESS is temporal:7233: /],
  ])('auto refuses to start when %s, and names the ways out', async (_, reach, message) => {
    const error = await open('auto', reach).opened.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(SetupError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toMatch(/install bubblewrap .* COMMAND_SANDBOX=off/);
    expect(String(error)).not.toContain('pw');
  });

  test('bwrap refuses to start, also on a machine of its own', async () => {
    await expect(open('bwrap').opened).rejects.toThrow(/as COMMAND_SANDBOX is bwrap: install bubblewrap/);
  });

  test('a file of COMMAND_READABLE that is not there is told as such, and is no reason to go on without', async () => {
    const { log } = recordingLogger();
    const options = { mode: 'auto' as const, queue: 'builds', readable: ['/no/such/toolchain'], log };
    await expect(openSandbox({ ...options, reach: here })).rejects.toThrow(
      /^COMMAND_READABLE names \/no\/such\/toolchain, which cannot be found \(ENOENT\)/,
    );
  });

  test('off says nothing', async () => {
    const { opened, lines } = open('off', { apiHost: '0.0.0.0' });
    expect([await opened, lines]).toEqual([undefined, []]);
  });
});
