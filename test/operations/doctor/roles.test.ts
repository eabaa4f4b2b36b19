import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../../src/api/api.ts';
import { KnownTokens } from '../../../src/api/known-tokens.ts';
import { type HealthySystem, openHealthySystem } from '../../support/healthy-system.ts';
import { silentLogger } from '../../support/logger.ts';
import { switchyard } from '../../support/watched/command-line.ts';

let system: HealthySystem;
beforeAll(async () => {
  system = await openHealthySystem();
  await system.run('CREATE ROLE stranger LOGIN');
  for (const role of ['starter', 'worker', 'api', 'reader'])
    await system.run(`CREATE ROLE ${role}_login LOGIN IN ROLE switchyard_${role}`);
});
afterAll(() => system.close());

const as = (username: string) => Object.assign(new URL(system.url), { username }).href;

test.each(['starter', 'worker', 'api', 'reader'])(
  'sees all but the sessions of others with the rights of the %s',
  async (role) => {
    const { findings } = await system.diagnose({ set: { databaseUrl: as(`${role}_login`) } });
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'CHECK_NOT_MADE the sessions of other roles',
    ]);
    await system.run(`GRANT pg_read_all_stats TO ${role}_login`);
    const again = await system.diagnose({ set: { databaseUrl: as(`${role}_login`) } });
    expect(again.findings.map(({ code }) => code)).toEqual(['ALL_WELL']);
  },
);

test('says which checks could not be made without rights, and how they can be', async () => {
  const { findings, made, notMade } = await system.diagnose({ set: { databaseUrl: as('stranger') } });
  expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['CHECK_NOT_MADE']));
  expect(findings.map(({ wayOut }) => wayOut).join()).toContain('switchyard_reader');
  expect(notMade).toBeGreaterThan(5);
  expect(made).toBeGreaterThan(10);
});

const env = () => ({
  databaseUrl: system.url,
  TASK_QUEUE: system.settings.taskQueue,
  RESULT_ROOT: system.settings.resultRoot,
});

test('the command says that nothing was found, and ends with 0', async () => {
  const { code, stdout, stderr } = await switchyard(['doctor'], env());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\d+ checks: nothing found\n$/);
});

test('the command ends with 0 for a notice, and with 1 for an error, and shows no control character', async () => {
  await system.run(`SELECT switchyard.pause_queue('mails', E'red \\x1b[31m')`);
  const notice = await switchyard(['doctor'], env());
  expect(notice.code).toBe(0);
  expect(notice.stdout).toContain('NOTICE PAUSED — queue mails');
  expect(notice.stdout).not.toContain('\u001b');
  await system.run(`SELECT switchyard.resume_queue('mails')`);

  const error = await switchyard(['doctor', '--json'], {
    ...env(),
    databaseUrl: 'postgres://127.0.0.1:1/none',
  });
  expect(error.code).toBe(1);
  expect(JSON.parse(error.stdout)).toMatchObject({
    findings: [{ code: 'DATABASE_AWAY', severity: 'error', subject: 'DATABASE_URL' }],
  });
});

test('the API answers the findings', async () => {
  const app = await createApi({
    settings: { apiHost: '127.0.0.1' },
    queues: [],
    plugins: [],
    pool: system.pool,
    tokens: new KnownTokens(system.pool),
    examine: async () => (await system.diagnose()).findings,
    log: silentLogger,
  });
  const { statusCode, body } = await app.inject({ url: '/api/doctor', headers: { host: '127.0.0.1' } });
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ findings: [{ code: 'ALL_WELL' }] });
  await app.close();
});
