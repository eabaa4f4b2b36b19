import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { createResults } from '../../src/activities/results/results.ts';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';
import { insertJob, readJob } from '../support/jobs.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { createRules } from '../support/reconciler.ts';

const dayMs = 24 * 60 * 60 * 1000;
let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
});
beforeEach(async () => {
  await mkdir(join(pipeline.folder, 'results'), { recursive: true });
});

async function put(path: string, ageMs = 2 * dayMs): Promise<string> {
  const file = join(pipeline.folder, path);
  await writeFile(file, 'x');
  const at = new Date(Date.now() - ageMs);
  await utimes(file, at, at);
  return path;
}

async function files(): Promise<string[]> {
  const list = async (folder: string) =>
    (await readdir(join(pipeline.folder, folder))).map((name) => `${folder}/${name}`);
  return [...(await list('uploads')), ...(await list('results'))].sort();
}

/** A complete job with both its files, ended so long ago. */
async function endedJob(ageMs: number, uploadPath?: string): Promise<string> {
  const id = randomUUID();
  await put(`uploads/${id}.pdf`);
  await put(`results/${id}.xml`);
  await insertJob(pipeline.pool, { id, upload_path: uploadPath ?? `${id}.pdf` });
  await pipeline.pool.query(
    `UPDATE jobs SET status = 'processing', run_id = 'r', started_at = now() WHERE id = $1`,
    [id],
  );
  await pipeline.pool.query(
    `UPDATE jobs SET status = 'complete', result_path = 'results/' || id || '.xml', result_bytes = 1,
            result_sha256 = repeat('a', 64), completed_at = now() - $2 * interval '1 millisecond' WHERE id = $1`,
    [id, ageMs],
  );
  return id;
}

test('temporary files of results that a killed worker left go with the housekeeping', async () => {
  const results = await createResults(loadSettings(pipeline.workerEnv));
  await put(`results/${randomUUID()}.1.xml.part`);
  const young = await put(`results/${randomUUID()}.1.xml.part`, 0);
  await createRules(pipeline, { results }).files();
  expect(await files()).toEqual([young, 'uploads/a.pdf']);
});

describe('orphaned files', () => {
  test('of a day are removed; younger ones, those of a row, and files of other names stay', async () => {
    const [orphan, young, shared] = [randomUUID(), randomUUID(), randomUUID()];
    const job = await endedJob(1000);
    await insertJob(pipeline.pool, { upload_path: `${shared}.pdf` });
    await put(`uploads/${orphan}.pdf`);
    await put(`results/${orphan}.xml`);
    const kept = [
      await put(`uploads/${young}.pdf`, dayMs / 2),
      await put(`uploads/${shared}.pdf`),
      await put(`uploads/${orphan}.PDF`),
      await put(`uploads/order-${orphan}.pdf`),
      await put(`uploads/${orphan}.xml`),
      await put(`results/${orphan}.pdf`),
      await put('uploads/a.pdf'),
      `uploads/${job}.pdf`,
      `results/${job}.xml`,
    ];
    reconcilerRepairs.reset();
    await createRules(pipeline).files();
    expect(await files()).toEqual(kept.sort());
    expect((await reconcilerRepairs.get()).values).toMatchObject([
      { labels: { queue: 'invoices', rule: 'orphaned_files' }, value: 2 },
    ]);
  });

  test('are none in a folder that nobody made yet', async () => {
    await insertJob(pipeline.pool);
    await rm(join(pipeline.folder, 'uploads'), { recursive: true });
    const orphan = join(pipeline.folder, await put(`results/${randomUUID()}.xml`));
    await createRules(pipeline).files();
    await expect(stat(orphan)).rejects.toThrow('ENOENT');
  });

  test('are none while a policy hides some rows', async () => {
    const job = await endedJob(1000);
    await insertJob(pipeline.pool, { customer: 'Ada' });
    await pipeline.pool.query(
      `ALTER TABLE jobs ENABLE ROW LEVEL SECURITY; ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
       CREATE POLICY p ON jobs USING (customer = 'Ada')`,
    );
    await expect(createRules(pipeline).files()).rejects.toThrow(/row-level security of public\.jobs/);
    expect(await files()).toEqual([`results/${job}.xml`, 'uploads/a.pdf', `uploads/${job}.pdf`].sort());
  });

  test('stay while the table has no rows at all', async () => {
    const orphan = await put(`uploads/${randomUUID()}.pdf`);
    await createRules(pipeline).files();
    expect(await files()).toContain(orphan);
  });

  test('are found among more files than a page holds', async () => {
    await insertJob(pipeline.pool);
    const ids = Array.from({ length: 1_100 }, () => randomUUID());
    for (const id of ids) await put(`uploads/${id}.pdf`);
    await pipeline.pool.query(
      `INSERT INTO jobs (id, upload_path) SELECT id, id || '.pdf' FROM unnest($1::uuid[]) AS id`,
      [ids.slice(100)],
    );
    await createRules(pipeline).files();
    expect(await files()).toHaveLength(1_001);
  });
});

describe('retention', () => {
  test('keeps everything where it is off', async () => {
    const id = await endedJob(1000 * dayMs);
    await createRules(pipeline).removeJobs();
    await createRules(pipeline).removeEvents();
    expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('removes rows that ended before its time, with their files and upload requests, and no others', async () => {
    const old = await endedJob(31 * dayMs);
    const young = await endedJob(29 * dayMs);
    const waiting = await insertJob(pipeline.pool, { created_at: new Date(Date.now() - 400 * dayMs) });
    await pipeline.pool.query(
      `INSERT INTO upload_requests (idempotency_key, fingerprint, job_id) VALUES ('k', 'f', $1)`,
      [old],
    );
    await createRules(pipeline, { keepJobsMs: 30 * dayMs }).removeJobs();
    const { rows } = await pipeline.pool.query('SELECT id FROM jobs');
    expect(rows.map(({ id }) => id).sort()).toEqual([young, waiting].sort());
    expect(await files()).toEqual([`results/${young}.xml`, 'uploads/a.pdf', `uploads/${young}.pdf`].sort());
    expect((await pipeline.pool.query('SELECT FROM upload_requests')).rowCount).toBe(0);
  });

  test('removes the others where the table keeps one, whose files stay', async () => {
    const { pool } = pipeline;
    const kept = await endedJob(31 * dayMs);
    await endedJob(32 * dayMs);
    await endedJob(33 * dayMs);
    await pool.query('CREATE TABLE invoiced (job uuid REFERENCES jobs DEFERRABLE INITIALLY DEFERRED)');
    await pool.query('INSERT INTO invoiced VALUES ($1)', [kept]);
    await createRules(pipeline, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect((await pool.query('SELECT id FROM jobs')).rows).toEqual([{ id: kept }]);
    expect(await files()).toEqual([`results/${kept}.xml`, 'uploads/a.pdf', `uploads/${kept}.pdf`].sort());
  });

  test('keeps an upload that another row names', async () => {
    const old = await endedJob(31 * dayMs);
    await insertJob(pipeline.pool, { upload_path: `${old}.pdf` });
    await createRules(pipeline, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect(await files()).toEqual(['uploads/a.pdf', `uploads/${old}.pdf`].sort());
  });

  test('never removes a row whose workflow runs, or that somebody holds', async () => {
    const running = await endedJob(31 * dayMs);
    const held = await endedJob(31 * dayMs);
    const { client, queue } = pipeline;
    await client.workflow.start(queue.workflowType, { workflowId: running, taskQueue: queue.taskQueue });
    const holder = await pipeline.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [held]);
    await createRules(pipeline, { keepJobsMs: 30 * dayMs }).removeJobs();
    await holder.query('ROLLBACK');
    holder.release();
    expect(await readJob(pipeline.pool, running)).toMatchObject({ status: 'complete' });
    expect(await readJob(pipeline.pool, held)).toMatchObject({ status: 'complete' });
    expect(await files()).toHaveLength(5);
    await pipeline.workflow(running).terminate();
    await createRules(pipeline, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect(await files()).toEqual(['uploads/a.pdf']);
  });

  test('removes events older than its time, and no others', async () => {
    await pipeline.pool.query(
      `INSERT INTO switchyard.job_events (at, queue, job_id, attempt, to_status, actor)
       SELECT now() - interval '31 days', 'invoices', n::text, 0, 'queued', 'test' FROM generate_series(1, 2500) AS n`,
    );
    await insertJob(pipeline.pool);
    await createRules(pipeline, { keepEventsMs: 30 * dayMs }).removeEvents();
    expect((await pipeline.pool.query('SELECT FROM switchyard.job_events')).rowCount).toBe(1);
  });
});
