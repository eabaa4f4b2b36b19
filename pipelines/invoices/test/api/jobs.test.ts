import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Pool } from '../../../../src/platform/database.ts';
import { get } from '../../../../test/support/http.ts';
import { inFlight, insertJob } from '../../../../test/support/jobs.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { jobQueries } from '../../api/queries.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

interface Page {
  jobs: { id: string; status: string }[];
  nextCursor: string | null;
}

async function page(query: string): Promise<Page> {
  const answer = await get(api, `/api/jobs${query}`);
  expect(answer.status).toBe(200);
  return answer.json() as unknown as Page;
}

describe('a job', () => {
  test('that waits is shown with all that is known of it', async () => {
    const id = await insertJob(api.pool, { original_name: 'a.pdf', priority: 3 });
    const answer = await get(api, `/api/jobs/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch('application/json');
    const { createdAt, updatedAt, ...rest } = answer.json();
    expect(rest).toEqual({
      id,
      status: 'queued',
      originalName: 'a.pdf',
      sizeBytes: null,
      sha256: null,
      mapping: 'invoice',
      priority: 3,
      customer: null,
      attempt: 0,
      result: null,
      error: null,
      runId: null,
      startedAt: null,
      completedAt: null,
      failedAt: null,
      canceledAt: null,
      runAt: null,
      cancelRequestedAt: null,
    });
    for (const time of [createdAt, updatedAt]) expect(new Date(String(time)).toISOString()).toBe(time);
  });

  test('that is complete tells size and hash of its result, where it is and what the gateway said of it', async () => {
    const id = await insertJob(api.pool, inFlight);
    await api.pool.query(
      `UPDATE jobs SET status = 'complete', result_path = 'results/x.xml', result_bytes = 7, size_bytes = 5000000000,
              result_sha256 = repeat('a', 64), result_report = '{"warnings": ["old"]}', run_id = 'r', attempt = 2,
              completed_at = now() WHERE id = $1`,
      [id],
    );
    expect((await get(api, `/api/jobs/${id}`)).json()).toMatchObject({
      status: 'complete',
      sizeBytes: 5_000_000_000,
      attempt: 2,
      runId: 'r',
      error: null,
      result: {
        bytes: 7,
        sha256: 'a'.repeat(64),
        href: `/api/jobs/${id}/result`,
        report: { warnings: ['old'] },
      },
      completedAt: expect.stringMatching(/Z$/),
    });
  });

  test('that failed tells its code and message', async () => {
    const id = await insertJob(api.pool, inFlight);
    await api.pool.query(
      `UPDATE jobs SET status = 'failed', error_code = 'GW_5XX', error_message = 'gone', failed_at = now() WHERE id = $1`,
      [id],
    );
    expect((await get(api, `/api/jobs/${id}`)).json()).toMatchObject({
      status: 'failed',
      result: null,
      error: { code: 'GW_5XX', message: 'gone' },
    });
  });

  test('that does not exist is 404, an invalid id is 400', async () => {
    const missing = await get(api, `/api/jobs/${randomUUID()}`);
    expect(missing.status).toBe(404);
    expect(missing.json()).toMatchObject({ code: 'NO_SUCH_JOB', status: 404 });
    for (const id of ['1', "x'--", '%00', '..%2f..%2fetc%2fpasswd', `${randomUUID()}x`]) {
      const wrong = await get(api, `/api/jobs/${id}`);
      expect(wrong.status).toBe(400);
      expect(wrong.json()).toMatchObject({ code: 'BAD_JOB_ID' });
    }
  });
});

describe('the list', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

  test('is newest first', async () => {
    const old = await insertJob(api.pool, { created_at: at(1) });
    const young = await insertJob(api.pool, { created_at: at(2) });
    const { jobs, nextCursor } = await page('');
    expect(jobs.map((job) => job.id)).toEqual([young, old]);
    expect(nextCursor).toBeNull();
  });

  test('goes on page by page over every job once, also among those of one microsecond and new ones', async () => {
    for (let i = 0; i < 11; i++) await insertJob(api.pool, { created_at: at(1) });
    await api.pool.query(
      `UPDATE jobs SET created_at = created_at + interval '1 microsecond' WHERE id IN (SELECT id FROM jobs LIMIT 4)`,
    );
    const { rows } = await api.pool.query<{ id: string }>(
      'SELECT id FROM jobs ORDER BY created_at DESC, id DESC',
    );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { jobs, nextCursor }: Page = await page(`?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...jobs.map((job) => job.id));
      cursor = nextCursor;
      await insertJob(api.pool, { created_at: at(2) });
    } while (cursor !== null);
    expect(seen).toEqual(rows.map((row) => row.id));
  });

  test('has no next page when the last is full', async () => {
    for (let i = 0; i < 4; i++) await insertJob(api.pool);
    const first = await page('?limit=2');
    const second = await page(`?limit=2&cursor=${first.nextCursor}`);
    expect(second.jobs).toHaveLength(2);
    expect(second.nextCursor).toBeNull();
  });

  test('can be of one status', async () => {
    await insertJob(api.pool);
    const canceled = await insertJob(api.pool, { status: 'canceled' });
    expect((await page('?status=canceled')).jobs.map((job) => job.id)).toEqual([canceled]);
    expect((await page('?status=failed')).jobs).toEqual([]);
  });

  test('has 50 jobs a page unless told otherwise', async () => {
    await api.pool.query(`INSERT INTO jobs (upload_path) SELECT 'a.pdf' FROM generate_series(1, 201)`);
    expect((await page('')).jobs).toHaveLength(50);
    expect((await page('?limit=200')).jobs).toHaveLength(200);
  });

  test('is served by the index, from where its cursor says', async () => {
    await api.pool.query(`INSERT INTO jobs (upload_path) SELECT 'a.pdf' FROM generate_series(1, 5000)`);
    await api.pool.query('ANALYZE jobs');
    const plans: string[] = [];
    const explaining = {
      query: async (sql: string, values: unknown[]) => {
        const { rows } = await api.pool.query<Record<string, string>>(`EXPLAIN ${sql}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    };
    const after = { createdAt: '2026-11-27 06:00:00.000000 AD UTC', id: randomUUID() };
    await jobQueries('public.jobs').list(explaining as unknown as Pool, {
      statuses: ['queued'],
      after,
      limit: 50,
    });
    expect(plans[0]).toMatch(/Index Scan using jobs_created_idx[\s\S]*Index Cond: \(ROW\(created_at, id\) </);
  });

  const noCursor = [
    'x',
    Buffer.from('["1"]').toString('base64url'),
    Buffer.from(`["2026-02-31 00:00:00.000000 AD UTC","${randomUUID()}"]`).toString('base64url'),
    Buffer.from(`["999999-01-01 00:00:00.000000 AD UTC","${randomUUID()}"]`).toString('base64url'),
    Buffer.from(`["1; DROP TABLE jobs","${randomUUID()}"]`).toString('base64url'),
    Buffer.from('["infinity","not a uuid"]').toString('base64url'),
  ];
  const wrong: [string, string][] = [
    ['limit=0', 'BAD_LIMIT'],
    ['limit=201', 'BAD_LIMIT'],
    ['limit=1e2', 'BAD_LIMIT'],
    ['status=done', 'BAD_STATUS'],
    ['status=queued&status=failed', 'REPEATED_PARAMETER'],
    ['sort=id', 'UNKNOWN_PARAMETER'],
    ['__proto__=1', 'UNKNOWN_PARAMETER'],
    ...noCursor.map((cursor): [string, string] => [`cursor=${cursor}`, 'BAD_CURSOR']),
  ];
  test.each(wrong)('with ?%s is refused', async (query, code) => {
    const answer = await get(api, `/api/jobs?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code });
  });
});

test('while the database is away, jobs and list answer 503 with Retry-After', async () => {
  const lonely = await startTestApi({ databaseUrl: () => 'postgres://postgres@127.0.0.1:1/nowhere' });
  try {
    for (const path of ['/api/jobs', `/api/jobs/${randomUUID()}`, `/api/jobs/${randomUUID()}/result`]) {
      const answer = await get(lonely, path);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
    }
  } finally {
    await lonely.close();
  }
});
