import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  answerLater,
  answerStatus,
  answerXml,
  type TestGateway as Stub,
  startTestGateway,
} from '../../../../test/support/gateway.ts';
import {
  get,
  multipartBody,
  multipartType,
  type Part,
  pdfPart,
  send,
} from '../../../../test/support/http.ts';
import { example } from '../../../../test/support/invoices.ts';
import { insertJob } from '../../../../test/support/jobs.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { startGateway, type TestGateway } from '../gateway/support.ts';

const mapping = (from = 'number') =>
  JSON.stringify({
    description: 'd',
    namespaces: {},
    roots: [{ element: 'bill', children: [{ element: 'no', from }] }],
  });
const previewOn = (api: TestApi, parts: readonly Part[]) =>
  send(`${api.url}/api/mappings/preview`, {
    method: 'POST',
    headers: { 'content-type': multipartType },
    body: multipartBody(parts),
  });

describe('with the reference gateway', () => {
  let gateway: TestGateway;
  let api: TestApi;
  let plain: Buffer;
  beforeAll(async () => {
    gateway = await startGateway();
    api = await startTestApi({ gatewayUrl: gateway.url });
    plain = await readFile(example('plain-invoice.pdf'));
  });
  afterAll(async () => {
    await api.close();
    await gateway.close();
  });

  test('a mapping shows what it makes of a PDF, and neither is kept', async () => {
    const parts = [{ name: 'mapping', value: mapping() }, pdfPart({ value: plain })];
    const answer = await previewOn(api, parts);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/xml' } });
    expect(answer.text).toContain('<bill>\n  <no>HL-2026-0117</no>\n</bill>');
    expect(await api.uploads()).toEqual([]);
    expect(await api.countJobs()).toBe(0);
  });

  test('the PDF may be that of a job, which stays as it was', async () => {
    const id = await insertJob(api.pool, { upload_path: 'a.pdf' });
    await writeFile(join(api.uploadRoot, 'a.pdf'), plain);
    const answer = await previewOn(api, [
      { name: 'job', value: id },
      { name: 'mapping', value: mapping('date') },
    ]);
    expect(answer.text).toMatch(/<no>\d{4}-\d\d-\d\d<\/no>/);
    const { rows } = await api.pool.query('SELECT status, attempt FROM jobs WHERE id = $1', [id]);
    expect(rows).toEqual([{ status: 'queued', attempt: 0 }]);
    expect(await api.uploads()).toEqual(['a.pdf']);
  });

  test('a PDF that cannot be read is told in the words of the gateway', async () => {
    const broken = await readFile(example('broken.pdf'));
    const answer = await previewOn(api, [{ name: 'mapping', value: mapping() }, pdfPart({ value: broken })]);
    expect(answer.json()).toMatchObject({ status: 422, code: 'PREVIEW_REFUSED' });
  });
});

describe('with another gateway', () => {
  let gateway: Stub;
  let api: TestApi;
  beforeAll(async () => {
    gateway = await startTestGateway();
    api = await startTestApi({ gatewayUrl: gateway.url });
  });
  beforeEach(() => {
    gateway.calls.length = 0;
    gateway.answer = answerXml('<x/>');
  });
  afterAll(async () => {
    await api.close();
    await gateway.close();
  });
  const withPdf = { name: 'mapping', value: mapping() };

  test('all that is wrong with a mapping is told by its place, and the gateway is not asked', async () => {
    const wrong = JSON.stringify({
      description: 'd',
      namespaces: {},
      roots: [
        {
          element: 'bill',
          children: [
            { element: 'x', from: 'nowhere' },
            { element: 'p:y', value: 'z' },
          ],
        },
      ],
    });
    const answer = await previewOn(api, [{ name: 'mapping', value: wrong }, pdfPart()]);
    expect(answer.json()).toMatchObject({
      status: 422,
      code: 'MAPPING_WRONG',
      errors: [
        { place: 'roots.0 > x.from', message: expect.stringContaining('got "nowhere"') },
        { place: 'roots.0 > p:y', message: expect.stringContaining('prefix') },
      ],
    });
    expect(gateway.calls).toEqual([]);
    expect(await api.uploads()).toEqual([]);
  });

  test.each([
    [[{ name: 'mapping', value: '{' }, pdfPart()], 400, 'MAPPING_NOT_JSON'],
    [[pdfPart()], 400, 'NO_MAPPING'],
    [[withPdf], 400, 'NO_FILE'],
    [[withPdf, pdfPart(), { name: 'job', value: 'x' }], 400, 'NO_FILE'],
    [[withPdf, pdfPart({ value: 'no pdf' })], 415, 'NOT_A_PDF'],
    [[withPdf, { name: 'job', value: 'x' }], 404, 'NO_SUCH_JOB'],
    [[{ name: 'mapping', value: ' '.repeat(256 * 1024 + 1) }, pdfPart()], 413, 'TOO_LARGE'],
    [[withPdf, { name: 'priority', value: '1' }], 400, 'UNKNOWN_FIELD'],
  ] as [Part[], number, string][])(
    'a request that makes no preview is refused: %#',
    async (parts, status, code) => {
      expect((await previewOn(api, parts)).json()).toMatchObject({ status, code });
      expect(await api.uploads()).toEqual([]);
    },
  );

  test.each([
    [answerStatus(404), 501, 'NO_PREVIEW'],
    [answerStatus(503), 502, 'GATEWAY_AWAY'],
    [answerXml(Buffer.alloc(4 * 1024 * 1024 + 1, 'x')), 413, 'PREVIEW_TOO_LARGE'],
  ])('what the gateway does not do is told: %#', async (says, status, code) => {
    gateway.answer = says;
    expect((await previewOn(api, [withPdf, pdfPart()])).json()).toMatchObject({ status, code });
  });

  test('four are made at once, and one more when one of them has ended', async () => {
    const held = Array.from({ length: 4 }, () => answerLater(answerXml('<x/>')));
    const waiting = [...held];
    gateway.answer = (request, response) => waiting.shift()?.answer(request, response);
    const open = held.map(() => previewOn(api, [withPdf, pdfPart()]));
    await Promise.all(held.map(({ called }) => called));
    expect((await previewOn(api, [withPdf, pdfPart()])).json()).toMatchObject({ code: 'TOO_MANY_PREVIEWS' });
    for (const { release } of held) release();
    await Promise.all(open);
    gateway.answer = answerXml('<x/>');
    expect((await previewOn(api, [withPdf, pdfPart()])).status).toBe(200);
  });

  test('the mappings are listed, and each is answered as its file has it', async () => {
    expect((await get(api, '/api/mappings')).json()).toEqual({
      mappings: [
        { name: 'en16931', description: null },
        { name: 'invoice', description: null },
      ],
    });
    expect((await get(api, '/api/mappings/invoice')).json()).toEqual({});
    expect((await get(api, '/api/mappings/..%2Fsecret')).json()).toMatchObject({ code: 'NO_SUCH_MAPPING' });
  });
});
