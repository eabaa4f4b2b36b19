import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createResults } from '../../src/activities/results/results.ts';
import { reconcilerRepairs } from '../../src/platform/metrics.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { createRules } from '../support/reconciler.ts';

const dayMs = 24 * 60 * 60 * 1000;
let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});
beforeEach(async () => {
  await mkdir(join(office.folder, 'results'), { recursive: true });
});

async function put(path: string, ageMs = 2 * dayMs): Promise<string> {
  const file = join(office.folder, path);
  await writeFile(file, 'x');
  const at = new Date(Date.now() - ageMs);
  await utimes(file, at, at);
  return path;
}

async function files(): Promise<string[]> {
  const list = async (folder: string) =>
    (await readdir(join(office.folder, folder))).map((name) => `${folder}/${name}`);
  return [...(await list('enclosures')), ...(await list('results'))].sort();
}

/** A complete job with both its files, ended so long ago. */
async function endedJob(ageMs: number, enclosure?: string): Promise<string> {
  const id = randomUUID();
  await put(`enclosures/${id}.txt`);
  await put(`results/${id}.xml`);
  await insertLetter(office.pool, { id, enclosure: enclosure ?? `${id}.txt` });
  await office.pool.query(
    `UPDATE letters SET status = 'processing', run_id = 'r', started_at = now() WHERE id = $1`,
    [id],
  );
  await office.pool.query(
    `UPDATE letters SET status = 'complete', result_path = 'results/' || id || '.xml', result_bytes = 1,
            result_sha256 = repeat('a', 64), completed_at = now() - $2 * interval '1 millisecond' WHERE id = $1`,
    [id, ageMs],
  );
  return id;
}

test('temporary files of results that a killed worker left go with the housekeeping', async () => {
  const results = await createResults(office.workerOptions);
  await put(`results/${randomUUID()}.1.xml.part`);
  const young = await put(`results/${randomUUID()}.1.xml.part`, 0);
  await createRules(office, { results }).files();
  expect(await files()).toEqual(['enclosures/a.txt', young]);
});

describe('orphaned files', () => {
  test('of a day are removed; younger ones, those of a row, and files of other names stay', async () => {
    const [orphan, young, shared] = [randomUUID(), randomUUID(), randomUUID()];
    const job = await endedJob(1000);
    await insertLetter(office.pool, { enclosure: `${shared}.txt` });
    await put(`enclosures/${orphan}.txt`);
    await put(`results/${orphan}.xml`);
    const kept = [
      await put(`enclosures/${young}.txt`, dayMs / 2),
      await put(`enclosures/${shared}.txt`),
      await put(`enclosures/${orphan}.TXT`),
      await put(`enclosures/order-${orphan}.txt`),
      await put(`enclosures/${orphan}.xml`),
      await put(`results/${orphan}.txt`),
      await put('enclosures/a.txt'),
      `enclosures/${job}.txt`,
      `results/${job}.xml`,
    ];
    reconcilerRepairs.reset();
    await createRules(office).files();
    expect(await files()).toEqual(kept.sort());
    expect((await reconcilerRepairs.get()).values).toMatchObject([
      { labels: { queue: 'letters', rule: 'orphaned_files' }, value: 2 },
    ]);
  });

  test('are none in a folder that nobody made yet', async () => {
    await insertLetter(office.pool);
    await rm(join(office.folder, 'enclosures'), { recursive: true });
    const orphan = join(office.folder, await put(`results/${randomUUID()}.xml`));
    await createRules(office).files();
    await expect(stat(orphan)).rejects.toThrow('ENOENT');
  });

  test('are none while a policy hides some rows', async () => {
    const job = await endedJob(1000);
    await insertLetter(office.pool, { customer: 'Ada' });
    await office.pool.query(
      `ALTER TABLE letters ENABLE ROW LEVEL SECURITY; ALTER TABLE letters FORCE ROW LEVEL SECURITY;
       CREATE POLICY p ON letters USING (customer = 'Ada')`,
    );
    await expect(createRules(office).files()).rejects.toThrow(/row-level security of public\.letters/);
    expect(await files()).toEqual([`results/${job}.xml`, 'enclosures/a.txt', `enclosures/${job}.txt`].sort());
  });

  test('stay while the table has no rows at all', async () => {
    const orphan = await put(`enclosures/${randomUUID()}.txt`);
    await createRules(office).files();
    expect(await files()).toContain(orphan);
  });

  test('are found among more files than a page holds', async () => {
    await insertLetter(office.pool);
    const ids = Array.from({ length: 1_100 }, () => randomUUID());
    for (const id of ids) await put(`enclosures/${id}.txt`);
    await office.pool.query(
      `INSERT INTO letters (id, enclosure) SELECT id, id || '.txt' FROM unnest($1::uuid[]) AS id`,
      [ids.slice(100)],
    );
    await createRules(office).files();
    expect(await files()).toHaveLength(1_001);
  });
});

describe('retention', () => {
  test('keeps everything where it is off', async () => {
    const id = await endedJob(1000 * dayMs);
    await createRules(office).removeJobs();
    await createRules(office).removeEvents();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('removes rows that ended before its time, with their files and the rows that go with them, and no others', async () => {
    const old = await endedJob(31 * dayMs);
    const young = await endedJob(29 * dayMs);
    const waiting = await insertLetter(office.pool, { created_at: new Date(Date.now() - 400 * dayMs) });
    await office.pool.query(`INSERT INTO letter_copies (letter_id) VALUES ($1)`, [old]);
    await createRules(office, { keepJobsMs: 30 * dayMs }).removeJobs();
    const { rows } = await office.pool.query('SELECT id FROM letters');
    expect(rows.map(({ id }) => id).sort()).toEqual([young, waiting].sort());
    expect(await files()).toEqual(
      [`results/${young}.xml`, 'enclosures/a.txt', `enclosures/${young}.txt`].sort(),
    );
    expect((await office.pool.query('SELECT FROM letter_copies')).rowCount).toBe(0);
  });

  test('removes the others where the table keeps one, whose files stay', async () => {
    const { pool } = office;
    const kept = await endedJob(31 * dayMs);
    await endedJob(32 * dayMs);
    await endedJob(33 * dayMs);
    await pool.query('CREATE TABLE billed (job uuid REFERENCES letters DEFERRABLE INITIALLY DEFERRED)');
    await pool.query('INSERT INTO billed VALUES ($1)', [kept]);
    await createRules(office, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect((await pool.query('SELECT id FROM letters')).rows).toEqual([{ id: kept }]);
    expect(await files()).toEqual(
      [`results/${kept}.xml`, 'enclosures/a.txt', `enclosures/${kept}.txt`].sort(),
    );
  });

  test('keeps an enclosure that another row names', async () => {
    const old = await endedJob(31 * dayMs);
    await insertLetter(office.pool, { enclosure: `${old}.txt` });
    await createRules(office, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect(await files()).toEqual(['enclosures/a.txt', `enclosures/${old}.txt`].sort());
  });

  test('never removes a row whose workflow runs, or that somebody holds', async () => {
    const running = await endedJob(31 * dayMs);
    const held = await endedJob(31 * dayMs);
    const { client, queue } = office;
    await client.workflow.start(queue.workflowType, { workflowId: running, taskQueue: queue.taskQueue });
    const holder = await office.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM letters WHERE id = $1 FOR UPDATE', [held]);
    await createRules(office, { keepJobsMs: 30 * dayMs }).removeJobs();
    await holder.query('ROLLBACK');
    holder.release();
    expect(await readLetter(office.pool, running)).toMatchObject({ status: 'complete' });
    expect(await readLetter(office.pool, held)).toMatchObject({ status: 'complete' });
    expect(await files()).toHaveLength(5);
    await office.workflow(running).terminate();
    await createRules(office, { keepJobsMs: 30 * dayMs }).removeJobs();
    expect(await files()).toEqual(['enclosures/a.txt']);
  });

  test('removes events older than its time, and no others', async () => {
    await office.pool.query(
      `INSERT INTO switchyard.job_events (at, queue, job_id, attempt, to_status, actor)
       SELECT now() - interval '31 days', 'letters', n::text, 0, 'queued', 'test' FROM generate_series(1, 2500) AS n`,
    );
    await insertLetter(office.pool);
    await createRules(office, { keepEventsMs: 30 * dayMs }).removeEvents();
    expect((await office.pool.query('SELECT FROM switchyard.job_events')).rowCount).toBe(1);
  });
});
