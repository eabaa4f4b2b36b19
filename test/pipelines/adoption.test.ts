import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentRunsQueue } from '../../pipelines/agent-runs/queue.ts';
import { buildsQueue } from '../../pipelines/builds/builds-queue.ts';
import { deploymentsQueue } from '../../pipelines/builds/deployments-queue.ts';
import { uploadsQueue } from '../../pipelines/uploads/queue.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { silentLogger } from '../support/logger.ts';

let pool: Pool;
let url: string;
let drop: () => Promise<void>;
beforeEach(async () => {
  const database = await createEmptyDatabase();
  url = database.url;
  pool = createPool({ connectionString: url, applicationName: 'test', max: 3, onError: () => undefined });
  drop = async () => {
    await pool.end();
    await database.drop();
  };
});
afterEach(() => drop());

const uploadTables = `
  CREATE SCHEMA upload_pipeline;
  CREATE TABLE upload_pipeline.documents (
    document_id uuid PRIMARY KEY, path text NOT NULL, media_type text NOT NULL, sha256 text NOT NULL, size bigint NOT NULL,
    text_path text, pages integer);
  CREATE TABLE upload_pipeline.upload_jobs (
    job_id uuid PRIMARY KEY, document_id uuid NOT NULL, stage text NOT NULL, state text NOT NULL CHECK (state <> ''),
    error text, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL)`;
const task = `id bigserial PRIMARY KEY, status text NOT NULL CHECK (status IN ('pending','ongoing','succeeded','failed')),
    created_at timestamptz NOT NULL, started_at timestamptz, completed_at timestamptz, error text`;
const taskTables = `
  CREATE TABLE builds (${task}, repository text NOT NULL, branch text NOT NULL, commit_hash text, triggered_by text);
  CREATE TABLE deployments (${task}, build_id bigint NOT NULL REFERENCES builds, environment text NOT NULL)`;
const runTable = `
  CREATE SCHEMA ops;
  CREATE TABLE ops.runs (
    id uuid PRIMARY KEY, session_id text NOT NULL, lane text NOT NULL, status text NOT NULL, priority integer NOT NULL, plan jsonb NOT NULL,
    claimed_by text, claimed_at timestamptz, heartbeat_at timestamptz, canceled_at timestamptz,
    created_at timestamptz NOT NULL, finished_at timestamptz, result jsonb, error text)`;

const settings = loadSettings({});

test.each([
  ['uploads', uploadTables, 'upload_pipeline.upload_jobs (state)', [uploadsQueue(settings)]],
  ['builds', taskTables, 'builds (status)', [buildsQueue(settings), deploymentsQueue(settings)]],
  ['agent-runs', runTable, 'ops.runs (status)', [agentRunsQueue(settings)]],
])(
  'the adoption of %s that breaks off after its columns were added goes on at the next time',
  async (_, tables, column, queues) => {
    const [table = ''] = column.split(' ');
    const [schema = ''] = table.includes('.') ? table.split('.') : ['public'];
    const index = queues[0]?.claimIndex;
    await pool.query(tables);
    await pool.query(`CREATE INDEX ${index} ON ${column}`); // in the way of ours
    await expect(migrateAll(url, silentLogger, settings)).rejects.toMatchObject({ code: '42P07' });
    const added = await pool.query(
      `SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'run_id'`,
      [table],
    );
    expect(added.rowCount).toBe(1);
    await pool.query(`DROP INDEX ${schema}.${index}`);
    await migrateAll(url, silentLogger, settings);
    for (const queue of queues) await expect(verifyQueue(pool, queue)).resolves.toBeUndefined();
  },
);
