import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateAll } from '../../../server/migrations.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { claimStatements } from '../../../src/sql/claim.ts';
import { jobStatements } from '../../../src/sql/job.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { createEmptyDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { uploadsQueue } from '../queue.ts';

/** The tables as somebody else made them, before Switchyard came. */
const original = `
  CREATE SCHEMA upload_pipeline;
  CREATE TABLE upload_pipeline.documents (
    document_id uuid PRIMARY KEY, path text NOT NULL, media_type text NOT NULL, sha256 text NOT NULL, size bigint NOT NULL,
    text_path text, pages integer);
  CREATE TABLE upload_pipeline.upload_jobs (
    job_id uuid PRIMARY KEY, document_id uuid NOT NULL, 
    stage text NOT NULL CONSTRAINT upload_jobs_stage_known CHECK (stage <> ''),
    state text NOT NULL CHECK (state IN ('queued', 'working', 'done', 'failed')), error text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());`;

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
const queue = uploadsQueue(loadSettings({}));
const ids: Record<string, string> = {};
let pool: Pool;
let filesBefore: unknown;

/** A table that is rewritten gets a new file. */
const filesOf = async () =>
  (
    await pool.query(`SELECT pg_relation_filenode('upload_pipeline.upload_jobs') AS jobs,
                             pg_relation_filenode('upload_pipeline.documents') AS documents`)
  ).rows[0];

beforeAll(async () => {
  database = await createEmptyDatabase();
  const { url } = database;
  pool = createPool({ connectionString: url, applicationName: 'test', max: 2, onError: () => undefined });
  await pool.query(original);
  for (const [state, stage] of [
    ['queued', 'job_validated'],
    ['working', 'parsing'],
    ['done', 'complete'],
    ['failed', 'failed'],
    ['queued', 'a stage of theirs'],
  ] as const) {
    const id = randomUUID();
    ids[`${state} ${stage}`] = id;
    await pool.query(
      `INSERT INTO upload_pipeline.upload_jobs (job_id, document_id, stage, state) VALUES ($1, $1, $2, $3)`,
      [id, stage, state],
    );
  }
  filesBefore = await filesOf();
  await migrateAll(url, silentLogger, loadSettings({}));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const read = async (key: string) =>
  (await pool.query('SELECT * FROM upload_pipeline.upload_jobs WHERE job_id = $1', [ids[key]])).rows[0];

describe('tables that are there already', () => {
  test('are adopted without being rewritten, and fit the queue', async () => {
    expect(await filesOf()).toEqual(filesBefore);
    await expect(verifyQueue(pool, queue)).resolves.toBeUndefined();
  });

  test('keep their rows; what the old poller had at hand waits again at its stage', async () => {
    expect(await read('queued job_validated')).toMatchObject({
      state: 'queued',
      stage: 'job_validated',
      attempt: 0,
    });
    expect(await read('working parsing')).toMatchObject({ state: 'queued', stage: 'parsing' });
    expect(await read('done complete')).toMatchObject({ state: 'done', stage: 'complete' });
    expect(await read('failed failed')).toMatchObject({ state: 'failed', stage: 'failed' });
  });

  test('let their rows be claimed, also beside one that says what nobody knows', async () => {
    const { rows } = await pool.query(claimStatements(queue).claim, [10, []]);
    const claimed = rows.map((row: { id: string }) => row.id);
    expect(claimed).toHaveLength(3);
    const runs = claimed.map((id) => `run of ${id}`);
    const marked = await pool.query(jobStatements(queue).markStarted, [claimed, runs, 'starter-1', 1000]);
    expect(marked.rowCount).toBe(3);
    const odd = ids['queued a stage of theirs'];
    await pool.query(jobStatements(queue).fail, [odd, `run of ${odd}`, 'BAD_DOCUMENT', 'no such stage']);
    expect(await read('queued a stage of theirs')).toMatchObject({
      state: 'failed',
      failed_stage: 'a stage of theirs',
      error: 'a stage of theirs: no such stage',
    });
  });

  test('take the words that are new to them', async () => {
    const id = ids['queued job_validated'];
    await pool.query(jobStatements(queue).cancel, [id, `run of ${id}`]);
    expect(await read('queued job_validated')).toMatchObject({ state: 'canceled', stage: 'job_validated' });
  });

  test('let a failed row begin again from the start, whose stage nobody noted', async () => {
    await pool.query(`UPDATE upload_pipeline.upload_jobs SET state = 'queued' WHERE job_id = $1`, [
      ids['failed failed'],
    ]);
    expect(await read('failed failed')).toMatchObject({ state: 'queued', stage: 'queued' });
  });
});
