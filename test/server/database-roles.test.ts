import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { migrateAll } from '../../server/migrations.ts';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { redriveStep } from '../../src/activities/redrives/batch.ts';
import { createBreaker } from '../../src/activities/systems/breaker.ts';
import { createToken } from '../../src/api/tokens.ts';
import { createPool, inTransaction, type Pool } from '../../src/platform/database.ts';
import { searchAttributes } from '../../src/queues/search-attributes.ts';
import { redriveStatements } from '../../src/sql/redrives.ts';
import { signalStatements } from '../../src/sql/signals.ts';
import { Doorbell } from '../../src/starter/doorbell.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { administer, createTestDatabase } from '../support/database.ts';
import { withDatabase } from '../support/database-name.ts';
import { get, pdfPart, sendJson, upload } from '../support/http.ts';
import { insertFailedJob, insertJob, readJob, testQueue } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createRules, eventsOf } from '../support/reconciler.ts';
import { createRoleLogins, type Role, roles } from '../support/role-logins.ts';
import { startTestApi } from '../support/server-api.ts';
import { until } from '../support/until.ts';

const suffix = randomBytes(4).toString('hex');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let logins: Awaited<ReturnType<typeof createRoleLogins>>;
const urlAs = (role: Role, url: string) => logins.urlAs(role, url);
const pools: Partial<Record<Role, Pool>> = {};
let owner: Pool;
const open = (connectionString: string) =>
  createPool({ connectionString, applicationName: 'test', max: 5, onError: () => undefined });
beforeAll(async () => {
  logins = await createRoleLogins();
  database = await createTestDatabase();
  owner = open(database.url);
  for (const role of roles) pools[role] = open(urlAs(role, database.url));
});
afterAll(async () => {
  await Promise.all([owner, ...Object.values(pools)].map((pool) => pool.end()));
  await database.drop();
  await logins.drop();
});
const as = (role: Role, statement: string) => pools[role]?.query(statement);
/** As docs/settings.md has them. */
const retentionGrants = `
  GRANT DELETE ON jobs, upload_pipeline.upload_jobs, schedule_ingest.capture_session, ops.runs, builds, deployments,
    switchyard.webhook_deliveries, switchyard.redrives TO switchyard_worker;
  GRANT EXECUTE ON FUNCTION switchyard.remove_events TO switchyard_worker`;
const denied = { code: '42501' };

describe('with the rights of its role alone', () => {
  test('starter and worker bring a job to its end, and a failed one that is retried, under every limit', async () => {
    const pipeline = await createPipeline({
      databaseUrl: database.url,
      starterDatabaseUrl: urlAs('starter', database.url),
    });
    try {
      const starter = pipeline.starter();
      await pipeline.startWorker({ DATABASE_URL: urlAs('worker', database.url) });
      const id = await insertJob(pipeline.pool);
      expect(await starter.runOnce()).toMatchObject({ started: 1 });
      await pipeline.untilStatus(id, 'complete');

      pipeline.gateway.answer = (_request, response) => void response.writeHead(415).end();
      const failed = await insertJob(pipeline.pool);
      await starter.runOnce();
      await pipeline.untilStatus(failed, 'failed');

      await pipeline.pool.query(`INSERT INTO switchyard.limits (queue, in_flight, in_flight_per_key, starts_per_second, fair)
                                 VALUES ('invoices', 5, 3, 1000, true)`);
      await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [failed]);
      await until(async () => (await starter.runOnce()).started === 1);
      expect(await pipeline.untilStatus(failed, 'failed')).toMatchObject({ attempt: 2 });
      const { rows } = await owner.query(
        `SELECT to_status FROM switchyard.job_events WHERE job_id = $1 ORDER BY id`,
        [failed],
      );
      expect(rows.map((row) => row.to_status)).toEqual([
        'queued',
        'processing',
        'failed',
        'queued',
        'processing',
        'failed',
      ]);
    } finally {
      await pipeline.close();
    }
  });

  test('workers open, probe and close the breaker of a system', async () => {
    const pool = pools.worker;
    if (pool === undefined) throw new Error('no pool');
    const breaker = createBreaker(pool, 'git', { jobs: 1, windowMs: 1_000, probeIntervalMs: 1 });
    const failure = { probe: false, code: 'GW_5XX', message: 'away', tookMs: 1_000 };
    expect(await breaker.failed('a', failure)).toBe('opened');
    expect(await breaker.pause()).toMatchObject({ automatic: true });
    await until(() => breaker.takeProbe('a'));
    await breaker.giveBackProbe('a');
    expect(await breaker.failed('a', { ...failure, probe: true })).toBe('open');
    expect(await breaker.answered({ probe: true })).toBe(true);
  });

  test('the starter verifies its queue, releases delayed rows, looks for cancelled ones and arms the doorbell', async () => {
    const pool = pools.starter;
    if (pool === undefined) throw new Error('no pool');
    const queue = testQueue();
    await verifyQueue(pool, queue);
    const id = await insertJob(owner);
    await owner.query(`UPDATE jobs SET run_at = now() WHERE id = $1`, [id]);
    expect((await pool.query(signalStatements(queue).release, [10])).rows).toMatchObject([{ due: 1 }]);
    await pool.query(signalStatements(queue).cancelRequested, [10, []]);
    const doorbell = new Doorbell({
      connectionString: urlAs('starter', database.url),
      applicationName: 'test',
      log: silentLogger,
    });
    doorbell.open();
    try {
      await until(() => doorbell.arm('invoices', true));
    } finally {
      doorbell.close();
    }
  });

  test('starter and worker have what webhooks need', async () => {
    for (const role of ['starter', 'worker'] as const) {
      await as(role, 'SELECT * FROM switchyard.webhook_deliveries FOR UPDATE');
      await as(role, 'UPDATE switchyard.webhook_deliveries SET priority = priority');
    }
    await as('worker', 'SELECT url, secret FROM switchyard.subscriptions');
  });

  test('the reconciler mends rows and ends workflows; retention needs two rights more, given by hand', async () => {
    const pipeline = await createPipeline({ databaseUrl: database.url });
    try {
      const rules = createRules(pipeline, {
        pool: pools.worker ?? expect.unreachable(),
        keepJobsMs: 1,
        keepEventsMs: 1,
      });
      const lost = await insertJob(owner, { status: 'processing', run_id: 'lost', started_at: new Date() });
      await rules.rows();
      expect(await readJob(owner, lost)).toMatchObject({ status: 'queued' });

      const { workflowId } = await pipeline.client.workflow.start(pipeline.queue.workflowType, {
        workflowId: randomUUID(),
        taskQueue: pipeline.queue.taskQueue,
        typedSearchAttributes: [{ key: searchAttributes.queue, value: pipeline.queue.name }],
      });
      await until(async () => {
        await rules.workflows();
        return (await eventsOf(owner, workflowId)).some(({ code }) => code === 'RECONCILED');
      });
      await rules.files();

      await owner.query(`UPDATE jobs SET cancel_requested_at = now() WHERE id = $1`, [lost]);
      await expect(rules.removeJobs()).rejects.toMatchObject(denied);
      await expect(rules.removeEvents()).rejects.toMatchObject(denied);
      await owner.query(retentionGrants);
      for (const { name } of defineQueues(loadSettings({}))) await rules.removeJobs(name);
      await rules.removeEvents();
      expect((await owner.query('SELECT FROM jobs WHERE id = $1', [lost])).rowCount).toBe(0);
    } finally {
      await owner.query(retentionGrants.replaceAll('GRANT', 'REVOKE').replaceAll(' TO ', ' FROM '));
      await pipeline.close();
    }
  });

  test('the API takes an upload, shows jobs, knows tokens and controls queues', async () => {
    const api = await startTestApi({ databaseUrl: (url) => urlAs('api', url) });
    try {
      const token = await createToken(api.pool, {
        name: 'me',
        scopes: ['read', 'write'],
        lifetimeMs: undefined,
      });
      const headers = { authorization: `Bearer ${token}` };
      const made = await upload(api, [pdfPart()], { ...headers, 'idempotency-key': 'a' });
      expect(made.status).toBe(202);
      expect((await upload(api, [pdfPart()], { ...headers, 'idempotency-key': 'a' })).status).toBe(202);
      expect((await get(api, `/api/jobs/${made.json()['id']}`, headers)).status).toBe(200);
      expect((await get(api, '/api/jobs', headers)).json()['jobs']).toHaveLength(1);
      expect(
        (await api.pool.query('SELECT last_used_at FROM switchyard.api_tokens')).rows[0].last_used_at,
      ).not.toBe(null);
      expect(JSON.stringify(api.lines)).not.toMatch('permission denied');
    } finally {
      await api.close();
    }
  });

  test('the API makes, previews and shows redrives, and the worker runs them', async () => {
    const api = await startTestApi({ databaseUrl: (url) => urlAs('api', url) });
    const asWorker = open(urlAs('worker', api.databaseUrl));
    try {
      const job = await insertFailedJob(api.pool);
      const wanted = { queue: 'invoices', reason: 'test' };
      expect((await sendJson(api, 'POST', '/api/redrives?preview=true', wanted)).json()).toMatchObject({
        count: 1,
      });
      const id = String((await sendJson(api, 'POST', '/api/redrives', wanted)).json()['id']);
      await api.pool.query(
        `UPDATE switchyard.redrives SET status = 'processing', run_id = 'r1', started_at = now()`,
      );
      const run = { queue: 'redrives', jobId: id, requestId: null, runIds: ['r1'] };
      const target = { queue: testQueue(), statements: redriveStatements(testQueue()) };
      await inTransaction(asWorker, (tx) => redriveStep(tx, target, run));
      expect((await readJob(api.pool, job)).status).toBe('queued');
      expect((await get(api, `/api/redrives/${id}/jobs`)).json()).toMatchObject({
        jobs: [{ jobId: job, outcome: 'requeued', statusNow: 'queued' }],
      });
      expect((await get(api, '/api/queues')).status).toBe(200);
      expect((await get(api, `/api/jobs/${job}/events`)).status).toBe(200);
    } finally {
      await asWorker.end();
      await api.close();
    }
  });

  test('the API pauses, limits, cancels and retries', async () => {
    const id = await insertJob(owner);
    await as(
      'api',
      `SELECT switchyard.pause_queue('other', 'test'), switchyard.pause_system('gateway', 'test')`,
    );
    await as('api', `SELECT switchyard.resume_queue('other'), switchyard.resume_system('gateway')`);
    await as('api', `INSERT INTO switchyard.limits (queue, in_flight) VALUES ('other', 1)`);
    await as('api', `DELETE FROM switchyard.limits WHERE queue = 'other'`);
    await pools.api?.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect((await readJob(owner, id)).status).toBe('canceled');
    await pools.api?.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
    expect((await readJob(owner, id)).status).toBe('queued');
  });

  test('a reader reads jobs, events, pauses, limits and the names of tokens', async () => {
    for (const table of ['jobs', 'switchyard.job_events', 'switchyard.pauses', 'switchyard.limits']) {
      await as('reader', `SELECT * FROM ${table}`);
    }
    await as('reader', 'SELECT name, scopes, last_used_at FROM switchyard.api_tokens');
  });
});

describe('the rights of a role end where its work does', () => {
  const refused: [Role, string][] = [
    ['reader', `UPDATE jobs SET priority = 1`],
    ['reader', `INSERT INTO jobs (upload_path) VALUES ('x')`],
    ['reader', `DELETE FROM jobs`],
    ['reader', `SELECT url FROM switchyard.subscriptions`],
    ['reader', `SELECT token_hash FROM switchyard.api_tokens`],
    ['reader', `SELECT switchyard.pause_queue('invoices', 'no')`],
    ['worker', `INSERT INTO jobs (upload_path) VALUES ('x')`],
    ['worker', `DELETE FROM jobs`],
    ['worker', `SELECT name FROM switchyard.api_tokens`],
    ['worker', `INSERT INTO switchyard.limits (queue) VALUES ('invoices')`],
    ['starter', `INSERT INTO jobs (upload_path) VALUES ('x')`],
    ['starter', `SELECT name FROM switchyard.api_tokens`],
    ['api', `DELETE FROM jobs`],
    ['api', `UPDATE switchyard.api_tokens SET scopes = '{operate}'`],
    [
      'api',
      `INSERT INTO switchyard.api_tokens (name, token_hash, scopes) VALUES ('x', sha256('x'), '{read}')`,
    ],
    ['api', `DELETE FROM switchyard.api_tokens`],
    ['worker', `INSERT INTO switchyard.completions SELECT`],
    ['api', `UPDATE switchyard.subscriptions SET url = 'http://169.254.169.254'`],
    ...roles.flatMap((role): [Role, string][] => [
      [role, `DELETE FROM switchyard.job_events`],
      [role, `UPDATE switchyard.job_events SET actor = 'somebody else'`],
      [role, `TRUNCATE switchyard.job_events`],
      [
        role,
        `INSERT INTO switchyard.job_events (queue, job_id, attempt, to_status, actor) VALUES ('x', 'x', 0, 'x', 'x')`,
      ],
      [role, `SELECT switchyard.grant_queue('invoices', 'jobs')`],
      [role, `INSERT INTO switchyard.grants VALUES ('switchyard_${role}', 'ALL', 'jobs')`],
      [role, `CREATE TABLE switchyard.mine ()`],
    ]),
  ];
  test.each(refused)('%s may not: %s', async (role, statement) => {
    await expect(as(role, statement)).rejects.toMatchObject(denied);
  });

  test('also where it calls itself retention', async () => {
    for (const role of roles) {
      const trick = `SET switchyard.retention = 'on'; DELETE FROM switchyard.job_events`;
      await expect(as(role, trick)).rejects.toMatchObject(denied);
    }
  });
});

test('an application that may insert jobs needs no other right', async () => {
  const login = `test_app_${suffix}`;
  await administer(`CREATE ROLE ${login} LOGIN`);
  await owner.query(`GRANT INSERT ON jobs TO ${login}`);
  const address = new URL(database.url);
  address.username = login;
  const app = open(address.href);
  try {
    await app.query(`INSERT INTO jobs (upload_path) VALUES ('a.pdf')`);
    await expect(app.query('SELECT FROM jobs')).rejects.toMatchObject(denied);
  } finally {
    await app.end();
    await owner.query(`REVOKE INSERT ON jobs FROM ${login}`);
    await administer(`DROP ROLE ${login}`);
  }
});

test('no table or view of ours is forgotten: each is in the list of rights', async () => {
  const { rows } = await owner.query(
    `SELECT relname FROM pg_class
      WHERE relnamespace = 'switchyard'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'grants'
        AND 'switchyard.' || relname NOT IN (SELECT object FROM switchyard.grants)`,
  );
  expect(rows).toEqual([]);
  const listed = await owner.query(`SELECT object FROM switchyard.grants WHERE role = 'switchyard_starter'`);
  for (const { table } of defineQueues(loadSettings({}))) {
    expect(listed.rows).toContainEqual({ object: table.includes('.') ? table : `public.${table}` });
  }
});

describe('the migration', () => {
  test('of several databases of one server at once makes the roles once', async () => {
    const names = [1, 2, 3].map((n) => `test_roles_${suffix}_${n}`);
    await administer(...names.map((name) => `CREATE DATABASE ${name}`));
    try {
      await Promise.all(
        names.map((name) =>
          migrateAll(withDatabase(inject('postgresUrl'), name), silentLogger, loadSettings({})),
        ),
      );
    } finally {
      await administer(...names.map((name) => `DROP DATABASE ${name}`));
    }
  });
});
