import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/jobs.ts';
import { boundary, get, multipartType, pdf, send, startTestApi, type TestApi } from './support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ maxUploadBytes: 2_000 });
});
afterAll(() => api.close());

/** Pieces of which multipart is made, and of which anything else can be. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\r\n\r\n',
    '--',
    `--${boundary}`,
    `\r\n--${boundary}\r\n`,
    `\r\n--${boundary}--\r\n`,
    'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n',
    'Content-Disposition: form-data; name="mapping"\r\n',
    'Content-Disposition: form-data; name="__proto__"; filename="x"\r\n',
    'Content-Disposition: form-data\r\n',
    'Content-Disposition: attachment; filename="\u0000"\r\n',
    "Content-Disposition: form-data; name=file; filename*=UTF-8''%ff%00%zz\r\n",
    'Content-Type: application/pdf\r\n',
    'Content-Type: application/json\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    ':::\r\n',
    pdf.toString('latin1'),
    'invoice',
    'x'.repeat(3_000),
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const part = (header: string, value: string) => `--${boundary}\r\n${header}\r\n\r\n${value}\r\n`;
const disposition = 'Content-Disposition: form-data';
/** Whole parts, good and bad, so that what is wrong may also come where all was well so far. */
const wholePart = fc.oneof(
  fc
    .constantFrom(pdf.toString('latin1'), 'no PDF', '')
    .map((content) => part(`${disposition}; name="file"; filename="a.pdf"`, content)),
  fc
    .tuple(
      fc.constantFrom('mapping', 'priority', 'file', 'x', '__proto__'),
      fc.constantFrom('invoice', '5', '', '\u00ff'),
    )
    .map(([name, value]) => part(`${disposition}; name="${name}"`, value)),
);
const rarely = (what: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: what });
const garbage = fc
  .tuple(
    fc.array(wholePart, { maxLength: 3 }),
    rarely(fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))),
    fc.constantFrom('', `--${boundary}--\r\n`),
  )
  .map(([parts, pieces, end]) => Buffer.from(parts.join('') + pieces + end, 'latin1'));

test('whatever is sent as multipart is refused with 4xx and leaves no file, or is an upload; the API lives on', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(garbage, fc.boolean(), async (body, announced) => {
      const before = await api.countJobs();
      const answer = await send(`${api.url}/api/upload`, {
        method: 'POST',
        headers: {
          'content-type': multipartType,
          ...(announced ? { 'content-length': String(body.length) } : { 'transfer-encoding': 'chunked' }),
        },
        body,
      });
      seen.add(answer.status);
      const jobs = await api.countJobs();
      expect(jobs - before).toBe(answer.status === 202 ? 1 : 0);
      if (answer.status === 202) {
        const stored = await readFile(join(api.uploadRoot, `${String(answer.json()['id'])}.pdf`));
        expect(stored.includes('%PDF-')).toBe(true);
      } else {
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }
      await until(async () => (await api.uploads()).length === jobs);
      expect((await api.uploads()).every((name) => name.endsWith('.pdf'))).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(seen.size).toBeGreaterThan(1);
  expect((await get(api, '/health/ready')).status).toBe(200);
});
