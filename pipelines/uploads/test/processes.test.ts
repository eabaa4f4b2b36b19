import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { TcpProxy } from '../../../chaos/tcp-proxy.ts';
import { freePort } from '../../../server/dev/ports.ts';
import { Fleet, type RunningRole } from '../../../test/support/fleet.ts';
import { until } from '../../../test/support/until.ts';
import { pagesPdf } from '../../lib/test/support/pdfs.ts';

/** Starter and worker as real processes, whose Postgres and Temporal can be put out of reach. */
let fleet: Fleet;
let links: { postgres: TcpProxy; temporal: TcpProxy };
let starter: RunningRole;
let worker: RunningRole;
const portOf = (address: string) =>
  Number(new URL(address.includes('//') ? address : `tcp://${address}`).port);

beforeAll(async () => {
  const temporal = await TcpProxy.start(portOf(inject('temporalAddress')));
  const postgres = await TcpProxy.start(portOf(inject('postgresUrl')));
  links = { postgres, temporal };
  fleet = await Fleet.create({ temporalAddress: `127.0.0.1:${temporal.port}` });
  const database = new URL(fleet.env['DATABASE_URL'] ?? '');
  database.port = String(postgres.port);
  Object.assign(fleet.env, { DATABASE_URL: database.href, QUEUES: 'uploads', CLAIM_STALE_AFTER: '60000' });
  await mkdir(fleet.env['UPLOAD_ROOT'] ?? '');
});
afterAll(async () => {
  await fleet.close();
  await Promise.all(Object.values(links).map((link) => link.close()));
});

const health = async (url: string, path: 'live' | 'ready') => {
  const response = await fetch(`${url}/health/${path}`);
  return { status: response.status, body: (await response.json()) as { checks?: Record<string, string> } };
};
const live = async (url: string) => (await health(url, 'live')).status;

async function insertPdf(content: Uint8Array): Promise<string> {
  const sha256 = createHash('sha256').update(content).digest('hex');
  await writeFile(join(fleet.env['UPLOAD_ROOT'] ?? '', `${sha256}.pdf`), content);
  const { rows } = await fleet.pool.query<{ job_id: string }>(
    `WITH document AS (INSERT INTO upload_pipeline.documents (path, media_type, sha256, size)
                       VALUES ($1, 'application/pdf', $2, $3) RETURNING document_id)
     INSERT INTO upload_pipeline.upload_jobs (document_id, stage) SELECT document_id, 'job_validated' FROM document
     RETURNING job_id`,
    [`${sha256}.pdf`, sha256, content.length],
  );
  return rows[0]?.job_id ?? '';
}

const untilDone = (id: string) =>
  until(async () => {
    const { rows } = await fleet.pool.query('SELECT * FROM upload_pipeline.upload_jobs WHERE job_id = $1', [
      id,
    ]);
    return rows[0].state === 'done' && rows[0];
  });

/** Whether so many pages of the text that a job is at are whole. */
async function hasReached(id: string, pages: number): Promise<boolean> {
  const folder = join(fleet.env['UPLOAD_ROOT'] ?? '', '.parsing');
  const name = (await readdir(folder).catch(() => [])).find((found) => found.startsWith(id));
  return name !== undefined && (await readFile(join(folder, name), 'utf8')).split('\f').length > pages;
}

/** The most memory that the process ever held, in MiB. */
async function peakRss(pid: number): Promise<number> {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('a starter and a worker', () => {
  test('are live while Temporal is out of reach at their start, and ready as soon as they run', async () => {
    links.temporal.disturb('cut');
    const ports = [await freePort(), await freePort()];
    const starting = Promise.all([
      fleet.start('starter', { PORT: String(ports[0]) }),
      fleet.start('worker', { PORT: String(ports[1]) }),
    ]);
    for (const port of ports) {
      const url = `http://127.0.0.1:${port}`;
      await until(() =>
        live(url).then(
          (status) => status === 200,
          () => false,
        ),
      );
      const { status, body } = await health(url, 'ready');
      expect(status).toBe(503);
      expect(body.checks?.['postgres']).toBe('ok');
      expect(body.checks?.['temporal']).not.toBe('ok');
    }
    links.temporal.heal();
    [starter, worker] = await starting;
    expect((await health(starter.url, 'ready')).body.checks).toMatchObject({ 'claim loop of uploads': 'ok' });
    expect((await health(worker.url, 'ready')).body.checks).toMatchObject({ worker: 'ok' });
  });

  test.each(['postgres', 'temporal'] as const)(
    'are live and not ready while %s is out of reach',
    async (name) => {
      links[name].disturb('cut');
      for (const { url } of [starter, worker]) {
        const down = await until(async () => {
          const report = await health(url, 'ready');
          return report.status === 503 && report.body.checks?.[name] !== 'ok' && report;
        });
        expect(down.body.checks).toHaveProperty(name);
        expect(await live(url)).toBe(200);
      }
      links[name].heal();
      for (const { url } of [starter, worker])
        await until(async () => (await health(url, 'ready')).status === 200);
    },
  );

  test('show each pass of the claim loop by a debug line and a metric', async () => {
    const id = await insertPdf(pagesPdf(['one']));
    await untilDone(id);
    const lines = await fleet.logLines();
    const passes = lines.filter((line) => line['msg'] === 'claim pass' && line['queue'] === 'uploads');
    expect(passes.filter((line) => line['claimed'] === 1)).toMatchObject([{ tookMs: expect.any(Number) }]);
    expect(passes.map((line) => line['pass'])).toEqual(passes.map((_, i) => i + 1));
    const metrics = await (await fetch(`${starter.url}/metrics`)).text();
    expect(metrics).toMatch(/switchyard_claim_pass_seconds_count\{queue="uploads",outcome="made"\} \d+/);
    expect(metrics).toContain('switchyard_claimed_jobs_total{queue="uploads"} 1');
  });
});

describe('a worker', () => {
  test('holds no document in memory: one of 100 MB and 300 pages costs it less than a quarter of that', async () => {
    const pages = Array.from({ length: 300 }, (_, i) => `page ${i + 1}`);
    await untilDone(await insertPdf(pagesPdf(pages))); // what the first job of all costs
    const before = await peakRss(worker.pid);
    await untilDone(await insertPdf(pagesPdf(pages, 100_000_000)));
    if (process.platform !== 'linux') return;
    const peak = await peakRss(worker.pid);
    expect(before).toBeGreaterThan(30); // it was measured
    expect(peak - before).toBeLessThan(25);
  });

  test('that is killed is followed by one that goes on at the page it had reached', async () => {
    const slow = { text: 'third', steps: 2_000_000 };
    const id = await insertPdf(pagesPdf(['first', 'second', slow, 'fourth']));
    const begun = async () =>
      (await fleet.logLines()).filter(
        (line) => line['jobId'] === id && line['msg'] === 'parsing the document',
      );
    await until(() => hasReached(id, 2));
    await worker.kill('SIGKILL');
    worker = await fleet.start('worker');
    await untilDone(id);
    const [first, second] = (await begun()).map((line) => Number(line['pagesBefore']));
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(2); // one more may have been read before the kill came
    const { rows } = await fleet.pool.query<{ text_path: string; pages: number }>(
      'SELECT text_path, pages FROM upload_pipeline.documents JOIN upload_pipeline.upload_jobs USING (document_id) WHERE job_id = $1',
      [id],
    );
    const text = await readFile(join(fleet.env['UPLOAD_ROOT'] ?? '', rows[0]?.text_path ?? ''), 'utf8');
    expect(text).toBe('first\fsecond\fthird\ffourth\f');
  });
});
