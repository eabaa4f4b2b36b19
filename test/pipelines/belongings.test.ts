import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { insertTask } from '../../pipelines/builds/test/support/builds.ts';
import { insertJob } from '../support/jobs.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { createRules } from '../support/reconciler.ts';
import { mountSmallDisk, smallDisks } from '../support/small-disk.ts';

const dayMs = 24 * 60 * 60 * 1000;
const keepJobsMs = 30 * dayMs;
const ago = (days: number) => new Date(Date.now() - days * dayMs);
let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
  pipeline.workerEnv['DEPLOY_KEEP'] = '2';
});

/** A file two days old, like the folder that holds it. */
async function put(path: string): Promise<void> {
  const file = join(pipeline.folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'x');
  for (const each of [file, dirname(file)]) await utimes(each, ago(2), ago(2));
}

const names = async (folder: string) => (await readdir(join(pipeline.folder, folder))).sort();
const idsOf = async (table: string) =>
  (await pipeline.pool.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).rows.map(({ id }) => id);

async function endedBuild(days: number, status = 'succeeded'): Promise<string> {
  const fields = { repository: '/r', status, completed_at: ago(days) };
  const id = await insertTask(pipeline.pool, 'builds', fields);
  await put(`builds/${id}/build.log`);
  return id;
}

async function deployed(build_id: string, environment: string, days: number): Promise<string> {
  return insertTask(pipeline.pool, 'deployments', {
    build_id,
    environment,
    status: 'succeeded',
    completed_at: ago(days),
    release_path: `${environment}/releases/build-${build_id}`,
  });
}

async function endedRun(days: number): Promise<string> {
  const { rows } = await pipeline.pool.query<{ id: string }>(
    `INSERT INTO ops.runs (session_id, plan, status, finished_at) VALUES ('s', '[]', 'succeeded', $1) RETURNING id`,
    [ago(days)],
  );
  const id = rows[0]?.id ?? '';
  await put(`agent-runs/${id}/1/log.txt`);
  return id;
}

describe('what tries of a build left', () => {
  const left = async (folders: Record<string, string>) =>
    Object.fromEntries(
      await Promise.all(Object.entries(folders).map(async ([key, id]) => [key, await names(`builds/${id}`)])),
    );

  test('goes a day after the build has ended, whatever its end; log and artifact stay', async () => {
    const ids: Record<string, string> = {};
    for (const status of ['succeeded', 'failed', 'canceled']) ids[status] = await endedBuild(2, status);
    ids['endedJustNow'] = await endedBuild(0.5);
    const owned = { run_id: 'r', started_at: ago(2) };
    ids['ongoing'] = await insertTask(pipeline.pool, 'builds', {
      repository: '/r',
      status: 'ongoing',
      ...owned,
    });
    for (const id of Object.values(ids)) {
      await put(`builds/${id}/artifact.tar.gz`);
      await put(`builds/${id}/try-abc/source/page.html`);
      await utimes(join(pipeline.folder, `builds/${id}/try-abc`), ago(2), ago(2));
    }
    ids['begunAgain'] = await endedBuild(2);
    await mkdir(join(pipeline.folder, `builds/${ids['begunAgain']}/try-new`));
    await createRules(pipeline).files();
    expect(await left(ids)).toEqual({
      succeeded: ['artifact.tar.gz', 'build.log'],
      failed: ['artifact.tar.gz', 'build.log'],
      canceled: ['artifact.tar.gz', 'build.log'],
      endedJustNow: ['artifact.tar.gz', 'build.log', 'try-abc'],
      ongoing: ['artifact.tar.gz', 'try-abc'],
      begunAgain: ['build.log', 'try-new'],
    });
  });
});

/** A document that its application stored under a name like those of ours, read long ago. */
async function readDocument(): Promise<{ path: string; text: string }> {
  const id = randomUUID();
  const [path, text] = [`${id}.pdf`, `${id}.extracted.txt`];
  await pipeline.pool.query(
    `INSERT INTO upload_pipeline.documents (document_id, path, media_type, sha256, size, text_path)
     VALUES ($1, './' || $2, 'application/pdf', '', 1, $3)`,
    [id, path, text],
  );
  await pipeline.pool.query(
    `INSERT INTO upload_pipeline.upload_jobs (document_id, state, stage, completed_at) VALUES ($1, 'done', 'complete', $2)`,
    [id, ago(31)],
  );
  await put(`uploads/${path}`);
  await put(`uploads/${text}`);
  return { path, text };
}

describe('with its row retention removes', () => {
  test('the folder of a build', async () => {
    const [old, failed, young] = [await endedBuild(31), await endedBuild(31, 'failed'), await endedBuild(29)];
    await createRules(pipeline, { keepJobsMs }).removeJobs('builds');
    expect(await idsOf('builds')).toEqual([young]);
    expect(await names('builds')).toEqual([young]);
    expect([old, failed]).not.toContain(young);
  });

  test('the artifacts of an agent run', async () => {
    await endedRun(31);
    const young = await endedRun(29);
    await createRules(pipeline, { keepJobsMs }).removeJobs('agent-runs');
    expect(await idsOf('ops.runs')).toEqual([young]);
    expect(await names('agent-runs')).toEqual([young]);
  });

  test('nothing of a document, which is its owner’s as its text is', async () => {
    const { path, text } = await readDocument();
    await createRules(pipeline, { keepJobsMs }).removeJobs('uploads');
    expect((await pipeline.pool.query('SELECT FROM upload_pipeline.upload_jobs')).rowCount).toBe(0);
    expect(await names('uploads')).toEqual([path, text, 'a.pdf'].sort());
  });

  test('no upload that a document is stored in', async () => {
    const { path, text } = await readDocument();
    const id = path.replace('.pdf', '');
    await insertJob(pipeline.pool, { id, upload_path: path });
    await pipeline.pool.query(
      `UPDATE jobs SET status = 'canceled', canceled_at = $2, cancel_requested_at = $2 WHERE id = $1`,
      [id, ago(31)],
    );
    await pipeline.pool.query('UPDATE jobs SET canceled_at = $2 WHERE id = $1', [id, ago(31)]);
    await createRules(pipeline, { keepJobsMs }).removeJobs();
    expect(await idsOf('jobs')).toEqual([]);
    expect(await names('uploads')).toEqual([path, text, 'a.pdf'].sort());
  });

  test('what a time before had begun: the row alone was left', async () => {
    const id = await endedBuild(31);
    await rm(join(pipeline.folder, 'builds', id), { recursive: true });
    await createRules(pipeline, { keepJobsMs }).removeJobs('builds');
    expect(await idsOf('builds')).toEqual([]);
  });
});

describe('however old they are retention leaves', () => {
  test('the deployments of what is live in an environment and may be rolled back to, and their builds', async () => {
    const [first, second, third, other] = [
      await endedBuild(100),
      await endedBuild(90),
      await endedBuild(80),
      await endedBuild(100),
    ];
    await deployed(first, 'shop', 100);
    await deployed(second, 'shop', 90);
    const rollBackTo = await deployed(third, 'shop', 80);
    const live = await deployed(second, 'shop', 70);
    const liveElsewhere = await deployed(other, 'desk', 100);
    const rules = createRules(pipeline, { keepJobsMs });
    await rules.removeJobs('builds');
    expect(await idsOf('builds')).toHaveLength(4);
    await rules.removeJobs('deployments');
    await rules.removeJobs('builds');
    expect((await idsOf('deployments')).sort()).toEqual([rollBackTo, live, liveElsewhere].sort());
    expect((await idsOf('builds')).sort()).toEqual([second, third, other].sort());
    expect(await names('builds')).toEqual([second, third, other].sort());
  });

  test('a build that a deployment waits to take live', async () => {
    const build = await endedBuild(31);
    const id = await insertTask(pipeline.pool, 'deployments', { build_id: build, environment: 'shop' });
    await createRules(pipeline, { keepJobsMs }).removeJobs('builds');
    expect(await idsOf('builds')).toEqual([build]);
    expect(await idsOf('deployments')).toEqual([id]);
  });
});

describe('orphaned folders', () => {
  test('of builds and agent runs are removed; those of a row, and what has no name of ours, stay', async () => {
    const [build, run] = [await endedBuild(1), await endedRun(1)];
    for (const name of ['17', '017', 'site', `${build}.old`]) await put(`builds/${name}/build.log`);
    await put('builds/18');
    for (const name of [randomUUID(), '17']) await put(`agent-runs/${name}/log.txt`);
    await mkdir(join(pipeline.folder, 'builds/19'));
    await utimes(join(pipeline.folder, 'agent-runs', run), ago(2), ago(2));
    await createRules(pipeline).files();
    expect(await names('builds')).toEqual(['017', '18', '19', build, `${build}.old`, 'site'].sort());
    expect(await names('agent-runs')).toEqual(['17', run].sort());
  });

  test.runIf(smallDisks.available)(
    `are left by rows whose files cannot be removed, which keep no other${smallDisks.note}`,
    async () => {
      const [stuck] = [await endedBuild(31), await endedBuild(31)];
      const young = await endedBuild(1);
      const disk = mountSmallDisk(1, join(pipeline.folder, 'builds', stuck));
      const rules = createRules(pipeline, { keepJobsMs });
      try {
        await rules.removeJobs('builds');
        await rules.files();
      } finally {
        disk.unmount();
      }
      expect(await idsOf('builds')).toEqual([young]);
      expect(await names('builds')).toEqual([stuck, young].sort());
      expect(rules.lines).toContainEqual(expect.objectContaining({ level: 40, jobId: stuck }));
      await utimes(join(pipeline.folder, 'builds', stuck), ago(2), ago(2));
      await rules.files();
      expect(await names('builds')).toEqual([young]);
    },
  );

  test('are none among documents, whatever their names', async () => {
    const { path, text } = await readDocument();
    await insertJob(pipeline.pool);
    await put(`uploads/${randomUUID()}.pdf`);
    await createRules(pipeline).files();
    expect(await names('uploads')).toEqual([path, text, 'a.pdf'].sort());
  });
});
