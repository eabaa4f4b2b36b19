import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pdf, pdfPart, upload } from '../../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';
import { idempotencyKey } from '../../api/idempotency.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const key = { 'idempotency-key': '"8e03978e-40d5-43e8-bc93-6894a57f9324"' };

describe('an upload with an Idempotency-Key', () => {
  test('sent again answers the same job, says so, and stores no second file', async () => {
    const first = await upload(api, [pdfPart()], key);
    const second = await upload(api, [pdfPart({ filename: 'retry.pdf' })], key);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.json()).toEqual(first.json());
    expect(second.headers.location).toBe(first.headers.location);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await api.uploads()).toHaveLength(1);
    expect(await api.countJobs()).toBe(1);
  });

  test('answers the job as it is by now', async () => {
    const first = await upload(api, [pdfPart()], key);
    await api.pool.query(`UPDATE jobs SET status = 'canceled'`);
    const second = await upload(api, [pdfPart()], key);
    expect(second.json()).toMatchObject({ id: first.json()['id'], status: 'canceled' });
  });

  test.each([
    ['another file', [pdfPart({ value: Buffer.concat([pdf, pdf]) })]],
    ['another mapping', [pdfPart(), { name: 'mapping', value: 'en16931' }]],
    ['another priority', [pdfPart(), { name: 'priority', value: '1' }]],
  ])('sent again with %s is refused and changes nothing', async (_, parts) => {
    await upload(api, [pdfPart()], key);
    const other = await upload(api, parts, key);
    expect(other.status).toBe(422);
    expect(other.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await api.uploads()).toHaveLength(1);
    expect(await api.countJobs()).toBe(1);
  });

  test('sent many times at once makes one job', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => upload(api, [pdfPart()], key)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(202));
    expect(new Set(answers.map((answer) => answer.json()['id'])).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await api.uploads()).toHaveLength(1);
    expect(await api.countJobs()).toBe(1);
  });

  test('that was refused may be mended and sent again', async () => {
    expect((await upload(api, [pdfPart({ value: 'no pdf' })], key)).status).toBe(415);
    expect((await upload(api, [pdfPart()], key)).status).toBe(202);
  });

  test('is another than one without, or with another key', async () => {
    await upload(api, [pdfPart()], key);
    await upload(api, [pdfPart()]);
    await upload(api, [pdfPart()], { 'idempotency-key': 'other' });
    expect(await api.countJobs()).toBe(3);
  });

  test.each(['""', '"open', 'two words', '"a", "b"', 'x'.repeat(256)])('of %j is refused', async (value) => {
    const answer = await upload(api, [pdfPart()], { 'idempotency-key': value });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'BAD_IDEMPOTENCY_KEY' });
    expect(await api.uploads()).toEqual([]);
  });
});

describe('the key', () => {
  test('is the same in quotes and without', () => {
    expect(idempotencyKey('"abc-1"')).toBe('abc-1');
    expect(idempotencyKey(' abc-1 ')).toBe('abc-1');
  });

  test('keeps every printable character that quotes can hold', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 1,
      maxLength: 255,
    });
    fc.assert(
      fc.property(printable, (text) => {
        expect(idempotencyKey(`"${text.replace(/["\\]/g, '\\$&')}"`)).toBe(text);
      }),
    );
  });
});
