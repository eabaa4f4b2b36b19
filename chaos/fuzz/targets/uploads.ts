import { equal, ok } from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { get, multipartType, send } from '../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../test/support/server-api.ts';
import { until } from '../../../test/support/until.ts';
import { multipartGarbage } from '../multipart.ts';
import type { Target } from '../target.ts';

const header = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { 'idempotency-key': '"a key"' },
  { 'idempotency-key': '\u00ff' },
  { 'x-request-id': '../../x' },
  { 'content-type': 'multipart/form-data; boundary=' },
  { 'content-type': `multipart/form-data; boundary="${'-'.repeat(500)}"` },
  { 'content-type': 'application/json' },
);

/** Refused with 4xx, and no file is left; or taken, and the row and its file are there. */
async function check(api: TestApi, body: Buffer, headers: Record<string, string>, announced: boolean) {
  api.lines.length = 0;
  const before = await api.countJobs();
  const answer = await send(`${api.url}/api/upload`, {
    method: 'POST',
    headers: {
      'content-type': multipartType,
      ...headers,
      ...(announced ? { 'content-length': String(body.length) } : { 'transfer-encoding': 'chunked' }),
    },
    body,
  });
  const jobs = await api.countJobs();
  if (answer.status === 202) {
    const { id, originalName } = answer.json();
    equal(jobs - before, 1);
    ok(typeof originalName === 'string' && !/[/\\\p{Cc}]/u.test(originalName) && originalName.length <= 400);
    const stored = join(api.uploadRoot, `${String(id)}.pdf`);
    ok((await readFile(stored)).includes('%PDF-'));
    await api.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
    await rm(stored);
  } else {
    equal(jobs, before);
    ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
  }
  await until(async () => (await api.uploads()).length === 0);
}

export const uploads: Target = {
  name: 'uploads',
  about: 'multipart bodies, file names and headers into the API, over HTTP',
  cases: 4_000,
  shortCases: 200,
  async open({ databaseUrl }) {
    const api = await startTestApi({ maxUploadBytes: 2_000, database: { url: databaseUrl } });
    return {
      property: fc.asyncProperty(multipartGarbage, header, fc.boolean(), (body, headers, announced) =>
        check(api, body, headers, announced),
      ),
      settled: async () => equal((await get(api, '/health/ready')).status, 200),
      close: api.close,
    };
  },
};
