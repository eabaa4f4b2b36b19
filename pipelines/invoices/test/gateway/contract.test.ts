import { request as httpRequest } from 'node:http';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankPdf, encryptedPdf, pagelessPdf } from '../../../lib/test/support/odd-pdfs.ts';
import type { Invoice } from '../../gateway/invoice.ts';
import { exampleBytes, formOf, parse, refusal, send, startGateway, type TestGateway } from './support.ts';

const maxUploadBytes = 1024 * 1024;
let gateway: TestGateway;
let plain: Uint8Array;
beforeAll(async () => {
  gateway = await startGateway({ maxUploadBytes, concurrency: 2 });
  plain = await exampleBytes('plain-invoice.pdf');
});
afterAll(() => gateway.close());

const multipart = (body: string | Uint8Array): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'multipart/form-data; boundary=b', accept: 'application/xml' },
  body: typeof body === 'string' ? body : Buffer.from(body),
});

describe('a PDF', () => {
  test('is answered 200 with well-formed XML of the length that is announced', async () => {
    const response = await send(gateway, formOf(plain));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/xml');
    const xml = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(xml)));
    expect(parse(xml).name).toBe('invoice');
    expect(xml).toContain('\n  <number>HL-2026-0117</number>');
  });

  test('is answered in one line when "pretty" is 0 or missing', async () => {
    const form = formOf(plain, { pretty: '0' });
    const xml = await (await send(gateway, form)).text();
    form.delete('pretty');
    expect(await (await send(gateway, form)).text()).toBe(xml);
    expect(xml.trimEnd().split('\n')).toHaveLength(2);
  });

  test('is answered with JSON, each field with how sure it is and where it stands, when that is accepted', async () => {
    const response = await send(gateway, formOf(plain), { headers: { accept: 'application/json' } });
    expect(response.headers.get('content-type')).toBe('application/json');
    const { number, reading } = (await response.json()) as Invoice;
    expect(number).toBe('HL-2026-0117');
    const field = reading?.fields.find((one) => one.field === 'number');
    expect(field).toMatchObject({ confidence: 0.95, place: { page: 1, height: expect.any(Number) } });
  });

  test('may come after the other fields, and under any media type', async () => {
    const form = new FormData();
    form.append('mapping', 'invoice.json');
    form.append('file', new Blob([Buffer.from(plain)]), 'x');
    expect((await send(gateway, form)).status).toBe(200);
  });

  test('may begin with up to 1019 bytes of something else', async () => {
    const shifted = (bytes: number) => Buffer.concat([Buffer.alloc(bytes, '\n'), plain]);
    expect((await send(gateway, formOf(shifted(1019)))).status).toBe(200);
    expect((await send(gateway, formOf(shifted(1020)))).status).toBe(415);
  });

  test.each([
    ['is encrypted', encryptedPdf, 'PDF_ENCRYPTED', /password/],
    ['has no pages', pagelessPdf, 'PDF_EMPTY', /no pages/],
    ['is only blank pages or images', blankPdf, 'PDF_IMAGE_ONLY', /no text/],
    ['is broken', () => exampleBytes('broken.pdf'), 'PDF_BROKEN', /damaged/],
  ])('that %s is refused with 400 and the reason', async (_, pdf, code, detail) => {
    const response = await send(gateway, formOf(await pdf()));
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.stringMatching(detail),
      code,
    });
  });
});

describe('a page that is no invoice', () => {
  test('is refused with 406 and the reason', async () => {
    const letter = await PDFDocument.create();
    letter.addPage([300, 300]).drawText('Dear Sir, thank you for your visit.', { x: 20, y: 200, size: 10 });
    const response = await send(gateway, formOf(await letter.save()));
    expect(await refusal(response)).toMatchObject({ status: 406, code: 'NOT_AN_INVOICE' });
  });
});

describe('a request is refused', () => {
  test.each(['text/html', 'text/xml', 'application/xml;q=0, application/json;q=0, */*', 'application/*;q=0'])(
    'with 406 when it accepts %s',
    async (accept) => {
      const response = await send(gateway, formOf(plain), { headers: { accept } });
      expect(await refusal(response)).toMatchObject({ status: 406, code: 'NOT_ACCEPTABLE' });
    },
  );

  test.each(['*/*', 'application/*;q=0.1', 'text/html, Application/XML ; q=0.9'])(
    'not when it accepts %s',
    async (accept) => {
      expect((await send(gateway, formOf(plain), { headers: { accept } })).status).toBe(200);
    },
  );

  test.each(['application/pdf', 'application/json', 'text/plain'])(
    'with 415 when its body is %s',
    async (type) => {
      const response = await fetch(`${gateway.url}/process`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: Buffer.from(plain),
      });
      expect(await refusal(response)).toMatchObject({ status: 415, code: 'NOT_MULTIPART' });
    },
  );

  test.each([
    ['a picture', '\x89PNG\r\n'],
    ['nothing', ''],
    ['a long text', 'x'.repeat(5000)],
  ])('with 415 when the file is %s', async (_, text) => {
    expect(await refusal(await send(gateway, formOf(Buffer.from(text, 'latin1'))))).toMatchObject({
      status: 415,
      code: 'NOT_A_PDF',
    });
  });

  test.each([
    ['has no file', (form: FormData) => form.delete('file'), 'NO_FILE'],
    ['has the file as text', (form: FormData) => form.set('file', 'text'), 'NO_FILE'],
    ['has two files', (form: FormData) => form.append('file', new Blob(['%PDF-']), 'b'), 'TOO_MANY_FILES'],
    ['has no mapping', (form: FormData) => form.delete('mapping'), 'NO_MAPPING'],
    ['names no known mapping', (form: FormData) => form.set('mapping', 'x.json'), 'UNKNOWN_MAPPING'],
    ['names a mapping without .json', (form: FormData) => form.set('mapping', 'invoice'), 'UNKNOWN_MAPPING'],
    [
      'names a path as mapping',
      (form: FormData) => form.set('mapping', '../mappings/invoice.json'),
      'UNKNOWN_MAPPING',
    ],
    ['names its mapping twice', (form: FormData) => form.append('mapping', 'en16931.json'), 'REPEATED_FIELD'],
    ['has another "pretty"', (form: FormData) => form.set('pretty', 'yes'), 'BAD_FIELD'],
    ['has another field', (form: FormData) => form.set('colour', 'red'), 'UNKNOWN_FIELD'],
  ])('with 400 when it %s', async (_, change, code) => {
    const form = formOf(plain);
    change(form);
    expect(await refusal(await send(gateway, form))).toMatchObject({ status: 400, code });
  });

  test.each([
    ['is empty', ''],
    ['is no multipart', 'hello'],
    [
      'ends in the middle of the file',
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-',
    ],
    ['has a part without a name', '--b\r\n\r\nx\r\n--b--'],
  ])('with 400 when its body %s', async (_, body) => {
    const response = await fetch(`${gateway.url}/process`, multipart(body));
    expect((await refusal(response)).status).toBe(400);
  });

  test('with 413 when the PDF is over the limit, announced or not', async () => {
    const over = Buffer.concat([plain, Buffer.alloc(maxUploadBytes - plain.length + 1)]);
    expect((await send(gateway, formOf(over.subarray(0, -1)))).status).toBe(200);
    expect(await refusal(await send(gateway, formOf(over)))).toMatchObject({
      status: 413,
      code: 'TOO_LARGE',
    });
    const farOver = formOf(Buffer.concat([over, over]));
    expect(await refusal(await send(gateway, farOver))).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    expect(await statusOfChunked(over)).toBe(413);
  });

  test('with 404 where there is nothing', async () => {
    expect(await refusal(await fetch(`${gateway.url}/nothing`))).toMatchObject({ status: 404 });
  });
});

/** Sends without a length, so that only counting tells that it is too long. */
function statusOfChunked(pdf: Uint8Array): Promise<number | undefined> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const request = httpRequest(`${gateway.url}/process`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => done(response.statusCode));
    });
    request.on('error', fail);
    request.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    request.end(Buffer.concat([pdf, Buffer.from('\r\n--b--')]));
  });
}

test('health is answered 200', async () => {
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
});

describe('every log line of a request', () => {
  test('has its request id and its job id', async () => {
    const headers = { 'x-job-id': 'job-of-this-test', 'x-request-id': 'request-of-this-test' };
    const response = await send(gateway, formOf(plain), { headers });
    expect(response.headers.get('x-request-id')).toBe('request-of-this-test');
    await send(gateway, formOf(await exampleBytes('broken.pdf')), { headers });
    const lines = gateway.lines.filter((line) => line['requestId'] === 'request-of-this-test');
    const said = lines.map(({ msg }) => msg);
    expect(said).toEqual(expect.arrayContaining(['PDF received', 'PDF converted', 'request refused']));
    for (const line of lines) expect(line).toMatchObject({ jobId: 'job-of-this-test' });
  });

  test('has no id from outside that is not fit for a log', async () => {
    const before = gateway.lines.length;
    const bad = `a"b${'x'.repeat(200)}`;
    const response = await send(gateway, formOf(plain), {
      headers: { 'x-job-id': bad, 'x-request-id': bad },
    });
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    const lines = gateway.lines.slice(before);
    expect(lines.map(({ msg }) => msg)).toContain('PDF converted');
    for (const line of lines) {
      expect(line).not.toHaveProperty('jobId');
      expect(line['requestId']).toBe(response.headers.get('x-request-id'));
    }
  });
});
