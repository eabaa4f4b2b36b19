import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrateAll } from '../../../server/migrations.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { createEmptyDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { buildsQueue } from '../builds-queue.ts';
import { deploymentsQueue } from '../deployments-queue.ts';

/** The tables as their owner once had them, with rows of each state; a crash left two ongoing. */
const original = `
  CREATE TABLE builds (
    id bigserial PRIMARY KEY, repository text NOT NULL, branch text NOT NULL, commit_hash text, triggered_by text,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending','ongoing','succeeded','failed')),
    created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, completed_at timestamptz, error text);
  CREATE TABLE deployments (
    id bigserial PRIMARY KEY, build_id bigint NOT NULL REFERENCES builds, environment text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending','ongoing','succeeded','failed')),
    created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, completed_at timestamptz, error text);
  INSERT INTO builds (repository, branch, status) VALUES
    ('/a', 'main', 'succeeded'), ('/a', 'main', 'failed'), ('/a', 'main', 'ongoing'), ('/a', 'main', 'pending');
  INSERT INTO deployments (build_id, environment, status) VALUES
    (1, 'x', 'ongoing'), (1, 'x', 'ongoing'), (3, 'x', 'pending'), (2, 'x', 'pending'), (1, 'x', 'succeeded')`;

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
let storedBefore: unknown;

/** A table that is rewritten gets a new file. */
const storage = async () =>
  (
    await pool.query(
      `SELECT pg_relation_filenode('builds') AS builds, pg_relation_filenode('deployments') AS deployments`,
    )
  ).rows[0];

beforeAll(async () => {
  database = await createEmptyDatabase();
  const { url: connectionString } = database;
  pool = createPool({ connectionString, applicationName: 'test', max: 2, onError: () => undefined });
  await pool.query(original);
  storedBefore = await storage();
  await migrateAll(connectionString, silentLogger, loadSettings({}));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('tables that are there already are adopted, and what had no end waits again', async () => {
  const settings = loadSettings({});
  for (const queue of [buildsQueue(settings), deploymentsQueue(settings)]) await verifyQueue(pool, queue);
  const builds = await pool.query('SELECT id, status FROM builds ORDER BY id');
  expect(builds.rows.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'pending', 'pending']);
  const { rows } = await pool.query(
    `SELECT status, coalesce(run_at = 'infinity', false) AS waits FROM deployments ORDER BY id`,
  );
  expect(rows).toEqual([
    { status: 'pending', waits: false },
    { status: 'pending', waits: false },
    { status: 'pending', waits: true },
    { status: 'pending', waits: false },
    { status: 'succeeded', waits: false },
  ]);
  const audit = await pool.query('SELECT action, task_id FROM switchyard.audit_entries ORDER BY id');
  expect(audit.rows).toEqual([
    { action: 'BUILD_RECOVERY', task_id: '3' },
    { action: 'DEPLOYMENT_RECOVERY', task_id: '1' },
    { action: 'DEPLOYMENT_RECOVERY', task_id: '2' },
  ]);
});

test('a table that is adopted is not rewritten', async () => {
  expect(await storage()).toEqual(storedBefore);
});

test('an adopted table knows the state canceled', async () => {
  await pool.query('UPDATE builds SET cancel_requested_at = now() WHERE id = 4');
  expect((await pool.query('SELECT status FROM builds WHERE id = 4')).rows).toEqual([{ status: 'canceled' }]);
});
