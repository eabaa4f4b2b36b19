import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, pdf } from '../../../../test/support/http.ts';
import { insertJob } from '../../../../test/support/jobs.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('an uploaded PDF is shown as nothing but a PDF, and can do nothing', async () => {
  const id = await insertJob(api.pool, { upload_path: 'a.pdf', original_name: 'Größe 7.pdf' });
  await writeFile(join(api.uploadRoot, 'a.pdf'), pdf);
  const answer = await get(api, `/api/jobs/${id}/pdf`);
  expect(answer.text).toBe(pdf.toString());
  expect(answer.headers).toMatchObject({
    'content-type': 'application/pdf',
    'content-length': String(pdf.length),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': `inline; filename="Gr__e 7.pdf"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%207.pdf`,
  });
});

test.each(['gone.pdf', '../../etc/hostname'])('there is none for a job that names %s', async (path) => {
  const id = await insertJob(api.pool, { upload_path: path });
  expect((await get(api, `/api/jobs/${id}/pdf`)).json()).toMatchObject({ status: 410, code: 'PDF_GONE' });
});
