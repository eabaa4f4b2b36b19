import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { administer, createTestDatabase } from '../../../../test/support/database.ts';
import {
  multipartBody,
  multipartType,
  type Part,
  pdf,
  pdfPart,
  send,
  upload,
} from '../../../../test/support/http.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../../../../test/support/server-api.ts';
import { mountSmallDisk, smallDisks } from '../../../../test/support/small-disk.ts';
import { until } from '../../../../test/support/until.ts';
import { sweepUploads, temporaryNameOf } from '../../api/sweep.ts';

let api: TestApi;
afterEach(() => api.close());
const start = async (options?: TestApiOptions) => {
  api = await startTestApi(options);
};

async function rowOf(id: unknown): Promise<Record<string, unknown>> {
  const { rows } = await api.pool.query<Record<string, unknown>>('SELECT * FROM jobs WHERE id = $1', [id]);
  const [row] = rows;
  if (row === undefined) throw new Error(`no row ${String(id)}`);
  return row;
}

async function expectNothingLeft() {
  await until(async () => (await api.uploads()).length === 0);
  expect(await api.countJobs()).toBe(0);
}

/** An upload under way: headers sent, and as much of the body as the test likes. */
function beginUpload(headers: Record<string, string | number> = {}): ClientRequest {
  const outgoing = request(`${api.url}/api/upload`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': multipartType, ...headers },
  });
  outgoing.on('error', () => undefined);
  return outgoing;
}

describe('an upload', () => {
  test('becomes a queued job whose file is stored whole, and is told where to look', async () => {
    await start();
    const answer = await upload(api, [pdfPart()], { 'x-request-id': 'req-1' });
    expect(answer.status).toBe(202);
    const { id } = answer.json();
    const sha256 = createHash('sha256').update(pdf).digest('hex');
    expect(answer.json()).toMatchObject({
      status: 'queued',
      originalName: 'test.pdf',
      mapping: 'invoice',
      sha256,
    });
    expect(answer.headers.location).toBe(`/api/jobs/${String(id)}`);
    expect(answer.headers['x-request-id']).toBe('req-1');
    expect(await rowOf(id)).toMatchObject({
      upload_path: `${String(id)}.pdf`,
      size_bytes: String(pdf.length),
      sha256,
      priority: 0,
      request_id: 'req-1',
    });
    expect(await api.uploads()).toEqual([`${String(id)}.pdf`]);
    expect(await readFile(join(api.uploadRoot, `${String(id)}.pdf`))).toEqual(pdf);
  });

  test('of many chunks arrives byte for byte', async () => {
    await start({ maxUploadBytes: 20_000_000 });
    const value = Buffer.alloc(20_000_000, '0123456789\r\n--');
    pdf.copy(value);
    const answer = await upload(api, [pdfPart({ value })]);
    expect(answer.status).toBe(202);
    const stored = await readFile(join(api.uploadRoot, `${String(answer.json()['id'])}.pdf`));
    expect(stored.equals(value)).toBe(true);
    expect(answer.json()['sha256']).toBe(createHash('sha256').update(value).digest('hex'));
  });

  const fields: Part[] = [
    { name: 'mapping', value: 'en16931' },
    { name: 'priority', value: '-7' },
  ];
  test.each([
    ['before', [...fields, pdfPart()]],
    ['after', [pdfPart(), ...fields]],
  ])('takes its fields %s the file', async (_, parts) => {
    await start();
    const answer = await upload(api, parts);
    expect(answer.status).toBe(202);
    expect(await rowOf(answer.json()['id'])).toMatchObject({ mapping: 'en16931', priority: -7 });
  });

  test('names its job in the log from the upload on, with the request id', async () => {
    await start();
    const answer = await upload(api, [pdfPart()], { 'x-request-id': 'req-2' });
    const jobId = answer.json()['id'];
    const ours = await until(async () => {
      const found = api.lines.filter((line) => line['jobId'] === jobId);
      return found.length >= 2 && found;
    });
    expect(ours.map((line) => line['msg'])).toEqual(['job queued', 'request answered']);
    expect(ours.every((line) => line['requestId'] === 'req-2')).toBe(true);
  });
});

describe('a file', () => {
  test('of exactly the limit is taken, one byte more is not and leaves nothing', async () => {
    await start({ maxUploadBytes: 5_000 });
    const value = Buffer.alloc(5_001, 'x');
    pdf.copy(value);
    const over = await upload(api, [pdfPart({ value })]);
    expect(over.status).toBe(413);
    expect(over.json()).toMatchObject({ code: 'TOO_LARGE', maxBytes: 5_000 });
    await expectNothingLeft();
    expect((await upload(api, [pdfPart({ value: value.subarray(0, 5_000) })])).status).toBe(202);
  });

  test('over the limit is refused while it is still coming, with or without an announced length', async () => {
    await start({ maxUploadBytes: 5_000 });
    const head = multipartBody([pdfPart({ value: Buffer.concat([pdf, Buffer.alloc(10_000)]) })]).subarray(
      0,
      9_000,
    );
    const chunked = beginUpload();
    chunked.write(head);
    const [answer] = await once(chunked, 'response');
    expect(answer.statusCode).toBe(413);
    chunked.destroy();

    const announced = beginUpload({ 'content-length': 10_000_000 });
    announced.flushHeaders();
    const [early] = await once(announced, 'response');
    expect(early.statusCode).toBe(413);
    announced.destroy();
    await expectNothingLeft();
  });

  test('that goes on and on is cut off', async () => {
    await start({ maxUploadBytes: 1_000 });
    const endless = beginUpload();
    let cut = false;
    endless.on('close', () => {
      cut = true;
    });
    const chunk = Buffer.alloc(64 * 1024, 'x');
    endless.write(multipartBody([pdfPart()]).subarray(0, 200));
    while (!cut) {
      endless.write(chunk);
      await new Promise(setImmediate);
    }
    await expectNothingLeft();
  });

  const padded = (at: number) =>
    Buffer.concat([Buffer.alloc(at, '\n'), Buffer.from('%PDF-1.4'), Buffer.alloc(2_000)]);
  test.each([
    ['at its start', pdf, 202],
    ['as the last of its first 1024 bytes', padded(1_019), 202],
    ['just past its first 1024 bytes', padded(1_020), 415],
    ['nowhere', Buffer.from('<html>'), 415],
    ['not, being empty', Buffer.alloc(0), 415],
  ])('has the PDF header %s', async (_, value, status) => {
    await start();
    const answer = await upload(api, [pdfPart({ value })]);
    expect(answer.status).toBe(status);
    if (status === 202) return;
    expect(answer.json()['code']).toBe('NOT_A_PDF');
    await expectNothingLeft();
  });
});

describe('a wrong upload is refused, says why, and leaves nothing:', () => {
  const cases: [string, Part[], number, RegExp][] = [
    ['no part at all', [], 400, /there is no file/],
    ['fields alone', [{ name: 'mapping', value: 'invoice' }], 400, /there is no file/],
    ['two files', [pdfPart(), pdfPart()], 400, /one file, not several/],
    ['a file of another field', [pdfPart({ name: 'document' })], 400, /no field \\"document\\"/],
    ['an unknown text', [pdfPart(), { name: 'colour', value: 'red' }], 400, /no field \\"colour\\"/],
    [
      'a text twice',
      [pdfPart(), ...['1', '2'].map((value) => ({ name: 'priority', value }))],
      400,
      /\\"priority\\" may be sent once/,
    ],
    ['its file as text', [{ name: 'file', value: '%PDF-' }], 400, /came as text/],
    [
      'its mapping as a file',
      [{ name: 'mapping', filename: 'm', value: 'invoice' }, pdfPart()],
      400,
      /no field \\"mapping\\"|one file/,
    ],
    [
      'a fraction as priority',
      [pdfPart(), { name: 'priority', value: '1.5' }],
      400,
      /from -100 to 100.*1\.5/,
    ],
    [
      'a priority out of range',
      [{ name: 'priority', value: '101' }, pdfPart()],
      400,
      /from -100 to 100.*101/,
    ],
    ['an empty priority', [pdfPart(), { name: 'priority', value: '' }], 400, /priority must be/],
    [
      'a mapping not known, before the file',
      [{ name: 'mapping', value: 'x' }, pdfPart()],
      422,
      /known are en16931, invoice/,
    ],
    [
      'a mapping not known, after the file',
      [pdfPart(), { name: 'mapping', value: '../../x' }],
      422,
      /no mapping/,
    ],
    [
      'a text that is too long',
      [pdfPart(), { name: 'mapping', value: 'x'.repeat(5_000) }],
      400,
      /at most 1024 bytes/,
    ],
    [
      'a JSON text',
      [pdfPart(), { name: 'priority', value: '1', type: 'application/json' }],
      400,
      /must be a text/,
    ],
    ['a reserved name', [pdfPart(), { name: '__proto__', value: '1' }], 400, /reserved name/],
    [
      'many texts',
      [pdfPart(), ...Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, value: '' }))],
      400,
      /no field|too many/,
    ],
  ];
  test.each(cases)('%s', async (_, parts, status, message) => {
    await start();
    const answer = await upload(api, parts);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.text).toMatch(message);
    await expectNothingLeft();
  });

  const whole = multipartBody([pdfPart()]);
  const raw: [string, string | undefined, Buffer | string, number][] = [
    ['JSON', 'application/json', '{"file":"x"}', 415],
    ['a web form', 'application/x-www-form-urlencoded', 'file=x', 415],
    ['a PDF without its envelope', 'application/pdf', pdf, 415],
    ['nothing', undefined, '', 415],
    ['a type that is only like multipart', 'multipart/mixed; boundary=x', '--x--', 415],
    ['no boundary', 'multipart/form-data', whole, 400],
    ['another boundary', 'multipart/form-data; boundary=other', whole, 400],
    ['a body cut short in the file', multipartType, whole.subarray(0, 150), 400],
    ['a body cut short in its last boundary', multipartType, whole.subarray(0, -5), 400],
    ['a body cut short in a part header', multipartType, whole.subarray(0, 60), 400],
    ['an empty body', multipartType, '', 400],
  ];
  test.each(raw)('%s', async (_, type, body, status) => {
    await start();
    const headers = {
      ...(type !== undefined && { 'content-type': type }),
      'content-length': String(body.length),
    };
    const answer = await send(`${api.url}/api/upload`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ status, type: 'about:blank' });
    await expectNothingLeft();
  });
});

test('a refused upload does not block the connection for the next request', async () => {
  await start({ maxUploadBytes: 10_000_000 });
  const wrong = multipartBody([
    { name: 'priority', value: 'high' },
    pdfPart({ value: Buffer.alloc(5_000_000) }),
  ]);
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  const host = new URL(api.url).host;
  socket.write(
    `POST /api/upload HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${multipartType}\r\nContent-Length: ${wrong.length}\r\n\r\n`,
  );
  socket.write(wrong);
  socket.write(`GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  let answers = '';
  for await (const chunk of socket) answers += String(chunk);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
});

describe('a file name', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\Rechnung.pdf', 'Rechnung.pdf'],
    ['a\u0000b\u001b[31m.pdf', 'ab[31m.pdf'],
    ['\u202efdp.exe', 'fdp.exe'],
    ['Größe №7 発票.pdf', 'Größe №7 発票.pdf'],
    ['', 'document.pdf'],
    ['..', 'document.pdf'],
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(196)}.pdf`],
  ])('%j is kept for people only, as %j', async (filename, kept) => {
    await start();
    const answer = await upload(api, [pdfPart({ filename })]);
    expect(answer.status).toBe(202);
    const { id, originalName } = answer.json();
    expect(originalName).toBe(kept);
    expect((await rowOf(id))['original_name']).toBe(kept);
    expect(await api.uploads()).toEqual([`${String(id)}.pdf`]);
  });
});

describe('when something fails', () => {
  test('a client that goes away in the middle leaves nothing', async () => {
    await start();
    const leaving = beginUpload({ 'content-length': 100_000 });
    leaving.write(
      multipartBody([pdfPart({ value: Buffer.concat([pdf, Buffer.alloc(40_000)]) })]).subarray(0, 30_000),
    );
    await until(async () => (await api.uploads()).length === 1);
    leaving.destroy();
    await expectNothingLeft();
  });

  test('a database that is away answers 503 with Retry-After and leaves no file', async () => {
    await start({ databaseUrl: () => 'postgres://postgres@127.0.0.1:1/nowhere' });
    const answer = await upload(api, [pdfPart()]);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json()).toMatchObject({ code: 'DATABASE_AWAY' });
    await expectNothingLeft();
  });

  test('a row that the database refuses leaves no file and tells no internals', async () => {
    await start();
    await api.pool.query('ALTER TABLE jobs ADD CONSTRAINT nobody CHECK (mapping = $$x$$)');
    const answer = await upload(api, [pdfPart()]);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/nobody|constraint|jobs/);
    expect(api.lines.find((line) => line['msg'] === 'the request failed')).toMatchObject({
      err: { message: expect.stringContaining('nobody') },
    });
    await expectNothingLeft();
  });

  test('a trigger of the application that refuses the row is reported, and leaves no file', async () => {
    await start();
    await api.pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no invoices on Sundays' USING DETAIL = 'Sunday'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const answer = await upload(api, [pdfPart()]);
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'REFUSED_BY_TABLE', detail: 'no invoices on Sundays' });
    await expectNothingLeft();
  });

  test('a disk without room for what is announced answers 507 before the body is sent', async () => {
    await start({ maxUploadBytes: 2 ** 51 });
    const huge = beginUpload({ 'content-length': 2 ** 50 });
    huge.flushHeaders();
    const [answer] = await once(huge, 'response');
    expect(answer.statusCode).toBe(507);
    huge.destroy();
    await expectNothingLeft();
  });

  test.skipIf(!smallDisks.available)(
    `a disk that fills up in the middle of an upload answers 507 and leaves nothing${smallDisks.note}`,
    async () => {
      const disk = mountSmallDisk(1);
      try {
        await start({ uploadRoot: disk.path, maxUploadBytes: 20_000_000 });
        const outgoing = beginUpload();
        const answered = once(outgoing, 'response');
        outgoing.end(multipartBody([pdfPart({ value: Buffer.concat([pdf, Buffer.alloc(4_000_000)]) })]));
        const [response] = await answered;
        expect(response.statusCode).toBe(507);
        expect(JSON.parse(await text(response))).toMatchObject({ code: 'DISK_FULL' });
        await expectNothingLeft();
        expect((await upload(api, [pdfPart()])).status).toBe(202);
      } finally {
        disk.unmount();
      }
    },
  );

  test('left-over temporary uploads are swept after an hour, finished, fresh and other people’s files never', async () => {
    await start();
    const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
    const [old, fresh] = [temporaryNameOf(randomUUID()), temporaryNameOf(randomUUID())];
    const others = ['a-chapter.pdf.part', 'old.pdf'];
    for (const name of [old, fresh, ...others]) await writeFile(join(api.uploadRoot, name), 'x');
    for (const name of [old, ...others]) await utimes(join(api.uploadRoot, name), hoursAgo, hoursAgo);
    expect(await sweepUploads(api.uploadRoot)).toBe(1);
    expect((await api.uploads()).sort()).toEqual([fresh, ...others].sort());
  });
});

test('an upload to a database with German dates is answered', async () => {
  const database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  await administer(`ALTER DATABASE ${name} SET DateStyle = German`);
  await start({ database });
  expect((await upload(api, [pdfPart()])).status).toBe(202);
});
