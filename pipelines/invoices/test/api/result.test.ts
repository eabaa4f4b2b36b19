import { createHash } from 'node:crypto';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { get, send } from '../../../../test/support/http.ts';
import { inFlight, insertJob } from '../../../../test/support/jobs.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const xml = '<?xml version="1.0" encoding="UTF-8"?>\n<invoice/>\n';
const sha256 = createHash('sha256').update(xml).digest('hex');

async function completeJob(fields: { resultPath?: string; originalName?: string; bytes?: number } = {}) {
  const id = await insertJob(api.pool, {
    ...inFlight,
    original_name: fields.originalName ?? 'Größe 7.pdf',
  });
  const path = fields.resultPath ?? `results/${id}.xml`;
  await api.pool.query(
    `UPDATE jobs SET status = 'complete', result_path = $2, result_bytes = $3, result_sha256 = $4, completed_at = now()
      WHERE id = $1`,
    [id, path, fields.bytes ?? xml.length, sha256],
  );
  if (fields.resultPath === undefined) await writeFile(join(api.resultRoot, path), xml);
  return { id, path: `/api/jobs/${id}/result`, file: join(api.resultRoot, path) };
}

describe('a result', () => {
  test('comes as XML with its length, its hash as ETag, and a name made of the original', async () => {
    const job = await completeJob();
    const answer = await get(api, job.path);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(xml);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/xml',
      'content-length': String(xml.length),
      etag: `"${sha256}"`,
      'content-disposition': `attachment; filename="Gr__e 7.xml"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%207.xml`,
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
    });
  });

  test('is 304 for who has it already', async () => {
    const job = await completeJob();
    const answer = await get(api, job.path, { 'if-none-match': `"other", W/"${sha256}"` });
    expect(answer.status).toBe(304);
    expect(answer.text).toBe('');
    expect((await get(api, job.path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test.each([
    ['bytes=0-4', 206, '<?xml', '0-4'],
    ['bytes=45-', 206, 'ce/>\n', '45-49'],
    ['bytes=-3', 206, '/>\n', '47-49'],
    ['bytes=40-400', 206, 'invoice/>\n', '40-49'],
    ['bytes=0-1,3-4', 200, xml, undefined],
    ['bytes=5-4', 200, xml, undefined],
    ['lines=1-2', 200, xml, undefined],
  ])('comes in the part that is asked for: %s', async (range, status, part, place) => {
    const job = await completeJob();
    const answer = await get(api, job.path, { range });
    expect([answer.status, answer.text]).toEqual([status, part]);
    expect(answer.headers['content-length']).toBe(String(part.length));
    expect(answer.headers['content-range']).toBe(place && `bytes ${place}/${xml.length}`);
  });

  test('comes whole to who has the beginning of another', async () => {
    const job = await completeJob();
    const range = { range: 'bytes=0-4' };
    expect((await get(api, job.path, { ...range, 'if-range': `"${sha256}"` })).status).toBe(206);
    expect((await get(api, job.path, { ...range, 'if-range': '"other"' })).text).toBe(xml);
  });

  test('has no part past its end: 416', async () => {
    const job = await completeJob();
    const answer = await get(api, job.path, { range: 'bytes=50-' });
    expect(answer.status).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */50');
    expect(answer.json()).toMatchObject({ code: 'RANGE_PAST_END' });
  });

  test('answers HEAD with the headers alone', async () => {
    const job = await completeJob();
    const answer = await send(`${api.url}${job.path}`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe(String(xml.length));
    expect(answer.text).toBe('');
  });

  test('keeps a hostile name inside its header', async () => {
    const job = await completeJob({ originalName: 'a"\r\nSet-Cookie: x=1\r\n.pdf' });
    const answer = await get(api, job.path);
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="a_Set-Cookie: x=1.xml"/);
  });

  test.each(['queued', 'canceled'])('of a job that is %s is 409 and says so', async (status) => {
    const id = await insertJob(api.pool, { status });
    const answer = await get(api, `/api/jobs/${id}/result`);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'NOT_COMPLETE', jobStatus: status });
  });

  test('of a job that failed is 409 and says with which code', async () => {
    const id = await insertJob(api.pool, inFlight);
    await api.pool.query(
      `UPDATE jobs SET status = 'failed', error_code = 'TOO_LARGE', error_message = 'big', failed_at = now() WHERE id = $1`,
      [id],
    );
    const answer = await get(api, `/api/jobs/${id}/result`);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ jobStatus: 'failed', errorCode: 'TOO_LARGE' });
  });

  test('whose file is gone is 410 and names the job', async () => {
    const job = await completeJob();
    await rm(job.file);
    const answer = await get(api, job.path);
    expect(answer.status).toBe(410);
    expect(answer.json()).toMatchObject({ code: 'RESULT_GONE', detail: expect.stringContaining(job.id) });
    expect(answer.headers.etag).toBeUndefined();
  });

  test('whose file is not as long as the row says is not sent', async () => {
    const job = await completeJob();
    await writeFile(job.file, xml.slice(0, 10));
    const answer = await get(api, job.path);
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'RESULT_DIFFERS' });
  });

  test.each(['/etc/hostname', '../../../../../../../etc/hostname', '.'])(
    'that the row puts at %s is refused',
    async (resultPath) => {
      const job = await completeJob({ resultPath });
      const answer = await get(api, job.path);
      expect(answer.status).toBe(500);
      expect(answer.json()).toMatchObject({ code: 'RESULT_OUTSIDE_ROOT' });
      expect(answer.text).not.toContain('/etc');
    },
  );

  test('behind a symbolic link that leads out is refused', async () => {
    await symlink('/etc/hostname', join(api.resultRoot, 'results', 'link.xml'));
    const job = await completeJob({ resultPath: 'results/link.xml' });
    const answer = await get(api, job.path);
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'RESULT_OUTSIDE_ROOT' });
  });
});
