import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';
import { parseRetryAfter } from '../../../src/platform/retry-after.ts';
import { openFile } from '../../../src/storage/folder-store.ts';
import {
  type Answer,
  answerStatus,
  answerXml,
  drain,
  startTestGateway,
  type TestGateway,
} from '../../../test/support/gateway.ts';
import { until } from '../../../test/support/until.ts';
import { GatewayErrorCode } from '../error-codes.ts';
import { createGateway, type Gateway } from '../gateway-client.ts';
import { gatewayFailure } from '../gateway-failures.ts';

const MB = 1_000_000;
let folder: string;
let server: TestGateway;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-gateway-'));
  await writeFile(join(folder, 'a.pdf'), '%PDF-1.7 of the test');
  server = await startTestGateway();
});
beforeEach(() => {
  server.answer = answerXml('<invoice/>');
  server.calls.length = 0;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

type Request = Parameters<Gateway['convert']>[0];

async function convert(
  request: Partial<Request> = {},
  options: Partial<Parameters<typeof createGateway>[0]> = {},
) {
  const gateway = createGateway({ url: server.url, timeoutMs: 20_000, maxBytes: 2 * MB, ...options });
  const into = await open(join(folder, 'answer.xml'), 'w');
  try {
    return await gateway.convert({
      pdf: request.pdf ?? (await openFile(join(folder, 'a.pdf'))),
      mapping: 'invoice',
      jobId: 'job-1',
      requestId: null,
      into,
      signal: new AbortController().signal,
      ...request,
    });
  } finally {
    await into.close();
  }
}

async function failure(...args: Parameters<typeof convert>): Promise<JobError> {
  const error = await convert(...args).then(
    () => expect.unreachable('the gateway call succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JobError)) throw error;
  return error;
}

describe('the request', () => {
  test('is the multipart of the contract, and says what it accepts and for which job', async () => {
    const received = Promise.withResolvers<{ headers: NodeJS.Dict<string | string[]>; form: FormData }>();
    server.answer = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = { 'content-type': String(request.headers['content-type']) };
      const form = await new Response(Buffer.concat(chunks), { headers }).formData();
      received.resolve({ headers: request.headers, form });
      expect([request.method, request.url]).toEqual(['POST', '/process']);
      response.end('<invoice/>');
    };
    await convert({ mapping: 'en16931', requestId: 'req-7' });
    const { headers, form } = await received.promise;
    expect(headers).toMatchObject({
      accept: 'application/xml',
      'accept-encoding': 'identity',
      'x-job-id': 'job-1',
      'x-request-id': 'req-7',
    });
    expect([...form.keys()].sort()).toEqual(['file', 'mapping', 'pretty']);
    expect([form.get('mapping'), form.get('pretty')]).toEqual(['en16931.json', '1']);
    const file = form.get('file');
    if (!(file instanceof File)) throw new Error('file is not a file');
    expect([file.name, file.type, await file.text()]).toEqual([
      'document.pdf',
      'application/pdf',
      '%PDF-1.7 of the test',
    ]);
  });

  test.each([
    ['a line break', 'a\r\nx-job-id: other'],
    ['letters beyond ASCII', 'запрос'],
  ])('leaves out a request id with %s: it is no header, and no reason to fail', async (_, requestId) => {
    const seen = Promise.withResolvers<unknown>();
    server.answer = async (request, response) => {
      seen.resolve(request.headers['x-request-id']);
      await answerXml('<invoice/>')(request, response);
    };
    await convert({ requestId });
    expect(await seen.promise).toBeUndefined();
  });

  test('logs in with the user and password of the address', async () => {
    const seen = Promise.withResolvers<unknown>();
    server.answer = async (request, response) => {
      seen.resolve(request.headers.authorization);
      await answerXml('<invoice/>')(request, response);
    };
    await convert({}, { url: server.url.replace('//', '//sam:hunter%232@') });
    expect(await seen.promise).toBe(`Basic ${Buffer.from('sam:hunter#2').toString('base64')}`);
  });

  test('reads the PDF while it is sent: one of 40 MB that shrinks on the way is noticed', async () => {
    const pdf = join(folder, 'large.pdf');
    await writeFile(pdf, '%PDF-1.7');
    await truncate(pdf, 40 * MB);
    server.answer = async (request, response) => {
      request.once('data', () => request.pause());
      await once(request, 'pause');
      await truncate(pdf, 10 * MB); // far more than sockets hold is still to come
      await answerXml('<invoice/>')(request, response);
    };
    const error = await failure({ pdf: await openFile(pdf) });
    expect(error).toMatchObject({ code: ErrorCode.IO_ERROR, retryable: true });
  });

  test('sends a PDF of 40 MB whole', async () => {
    const pdf = join(folder, 'whole.pdf');
    await writeFile(pdf, '%PDF-1.7');
    await truncate(pdf, 40 * MB);
    const received = Promise.withResolvers<number>();
    server.answer = async (request, response) => {
      received.resolve(await drain(request));
      response.end('<invoice/>');
    };
    await convert({ pdf: await openFile(pdf) });
    expect(await received.promise).toBeGreaterThan(40 * MB);
  });

  test('ends when it is told to stop: the gateway sees the connection close', async () => {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    server.answer = async (request, response) => {
      response.once('close', closed.resolve);
      await drain(request);
      controller.abort();
    };
    await failure({ signal: controller.signal }, { timeoutMs: 600_000 }); // the timeout closes nothing here
    await closed.promise;
  });
});

describe('an answer of 200', () => {
  test('is stored as it came, with its size and hash', async () => {
    const body = `<invoice>${'ä€😀'.repeat(1000)}</invoice>`;
    server.answer = answerXml(body);
    const stored = await convert();
    expect(stored.bytes).toBe(Buffer.byteLength(body));
    expect(stored.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFile(join(folder, 'answer.xml'), 'utf8')).toBe(body);
  });

  test('is written while it arrives', async () => {
    const half = `<invoice><!-- ${'x'.repeat(100_000)} -->`;
    server.answer = async (request, response) => {
      await drain(request);
      response.write(half);
      await until(async () => (await stat(join(folder, 'answer.xml'))).size === half.length);
      response.end('</invoice>');
    };
    expect(await convert()).toMatchObject({ bytes: half.length + '</invoice>'.length });
  });

  test('that was packed though nobody asked for it is not unpacked, and no XML', async () => {
    const bomb = gzipSync(`<invoice>${' '.repeat(5 * MB)}</invoice>`);
    server.answer = answerStatus(200, { 'content-encoding': 'gzip' }, bomb);
    expect(await failure()).toMatchObject({ code: GatewayErrorCode.GW_BAD_XML, retryable: true });
  });

  test('over the limit is final, and the rest is not waited for', async () => {
    const closed = Promise.withResolvers<void>();
    server.answer = async (request, response) => {
      response.once('close', closed.resolve);
      await drain(request);
      response.write(`<invoice>${' '.repeat(3 * MB)}`);
    };
    expect(await failure()).toMatchObject({
      code: ErrorCode.TOO_LARGE,
      retryable: false,
      message: 'the answer is over the limit of 2000000 bytes',
    });
    await closed.promise;
  });

  const entityBomb = `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>`;
  const outsideEntity = `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`;
  const cutShort: Answer = async (request, response) => {
    await drain(request);
    response.writeHead(200, { 'content-length': '1000' });
    response.write('<invoice>', () => request.socket.destroy());
  };
  const cutShortInChunks: Answer = async (request, response) => {
    await drain(request);
    response.write('<invoice/>', () => request.socket.destroy());
  };
  const badAnswers: [string, Answer, RegExp][] = [
    ['is empty', answerXml(''), /the answer is empty/],
    ['is blank', answerXml(' \n'), /./],
    ['is cut short of its length', cutShort, /cut short/],
    ['is cut short in chunks, though it parses', cutShortInChunks, /cut short/],
    [
      'has a cut gzip stream',
      answerStatus(200, { 'content-encoding': 'gzip' }, gzipSync('<a/>').subarray(0, 12)),
      /./,
    ],
    ['is not XML', answerXml('{"ok": true}'), /not well-formed/],
    ['is HTML', answerXml('<!doctype html><p>Down for<br>maintenance</p>'), /not well-formed/],
    ['leaves an element open', answerXml('<invoice><line></invoice>'), /not well-formed/],
    ['goes on after its root', answerXml('<invoice/><invoice/>'), /not well-formed/],
    ['needs entities of its own', answerXml(entityBomb), /not well-formed/],
    ['asks for files', answerXml(outsideEntity), /not well-formed/],
    ['is not UTF-8', answerXml(Buffer.from('<a>\xfc</a>', 'latin1')), /not well-formed/],
    [
      'names an unknown encoding',
      answerXml('<?xml version="1.0" encoding="klingon"?><a/>'),
      /not well-formed/,
    ],
  ];
  test.each(badAnswers)('that %s is GW_BAD_XML and tried again', async (_, answer, message) => {
    server.answer = answer;
    const error = await failure();
    expect(error).toMatchObject({ code: GatewayErrorCode.GW_BAD_XML, retryable: true });
    expect(error.message).toMatch(message);
  });
});

describe('what the gateway says of its answer', () => {
  const answerWith = (headers: Record<string, string>) => answerStatus(200, headers, '<invoice/>');
  const validation = { rules: 'EN 16931', syntax: 'UBL', passed: true, findings: [], more: 0 };

  test.each<[string, Record<string, string>, unknown]>([
    ['nothing', {}, null],
    ['warnings', { 'x-invoice-warnings': '["Doubtful: d\\u00e4te"]' }, { warnings: ['Doubtful: däte'] }],
    ['what the rules say', { 'x-invoice-validation': JSON.stringify(validation) }, { validation }],
    [
      'that it was not checked',
      { 'x-invoice-validation': '{"notChecked": "too large"}' },
      { validation: { notChecked: 'too large' } },
    ],
    [
      'what nobody can read',
      { 'x-invoice-warnings': '["a', 'x-invoice-validation': '{"passed": "perhaps"}' },
      {
        warnings: [
          "the gateway's header x-invoice-warnings cannot be read",
          "the gateway's header x-invoice-validation cannot be read",
        ],
      },
    ],
  ])('is told: %s', async (_, headers, report) => {
    server.answer = answerWith(headers);
    expect((await convert()).report).toEqual(report);
  });
});

describe('any other answer', () => {
  test.each([
    [400, GatewayErrorCode.GW_4XX, false],
    [404, GatewayErrorCode.GW_4XX, false],
    [406, GatewayErrorCode.GW_4XX, false],
    [415, GatewayErrorCode.GW_4XX, false],
    [422, GatewayErrorCode.GW_4XX, false],
    [413, ErrorCode.TOO_LARGE, false],
    [429, GatewayErrorCode.GW_5XX, true],
    [500, GatewayErrorCode.GW_5XX, true],
    [502, GatewayErrorCode.GW_5XX, true],
    [503, GatewayErrorCode.GW_5XX, true],
    [204, GatewayErrorCode.GW_5XX, true],
    [206, GatewayErrorCode.GW_5XX, true],
  ] as const)('%i is %s, retryable: %s', async (status, code, retryable) => {
    server.answer = answerStatus(status);
    expect(await failure()).toMatchObject({
      code,
      retryable,
      retryAfterMs: undefined,
      message: `the gateway answered ${status}`,
    });
  });

  test('a redirect is a wrong answer, and is not followed', async () => {
    server.answer = answerStatus(307, { location: '/elsewhere' });
    expect(await failure()).toMatchObject({
      code: GatewayErrorCode.GW_5XX,
      message: 'the gateway answered 307',
    });
    expect(server.calls).toHaveLength(1);
  });

  test('says in one line what the problem document says', async () => {
    const problem = { detail: 'no page\n\u001b[31m can be read', code: 'PDF_ENCRYPTED' };
    server.answer = answerStatus(
      400,
      { 'content-type': 'application/problem+json' },
      JSON.stringify(problem),
    );
    expect((await failure()).message).toBe(
      'the gateway answered 400: no page [31m can be read (PDF_ENCRYPTED)',
    );
  });

  const long = `page 1 is broken: \\u00e4\\n${'x'.repeat(100_000)}`;
  test.each([
    ['is long', `{"detail": "${long}", "code": "PDF_BROKEN"}`, ' (PDF_BROKEN)'],
    ['comes behind much else', `{"document": "${long}", "detail": "page 1 is broken: ä xx"}`, ''],
    ['does not end', `{"code": "PDF_BROKEN", "detail": "${long.repeat(10)}`, ' (PDF_BROKEN)'],
    ['breaks off in a letter', String.raw`{"detail": "page 1 is broken: ä xx\u00`, ''],
  ])('says the reason of an answer that %s', async (_, body, code) => {
    server.answer = answerStatus(400, { 'content-type': 'application/problem+json' }, body);
    const { message } = await failure();
    expect(message).toMatch(/^the gateway answered 400: page 1 is broken: ä xx/);
    expect(message.endsWith(code)).toBe(true);
    expect(message.length).toBeLessThan(600);
  });

  test.each([
    ['is not JSON after all', 'application/json', '<html>'],
    ['is no problem document', 'application/json', '["a"]'],
    ['is HTML', 'text/html', '<h1>Internal path /srv/app</h1>'],
  ])('says nothing of a body that %s', async (_, type, body) => {
    server.answer = answerStatus(500, { 'content-type': type }, body);
    expect((await failure()).message).toBe('the gateway answered 500');
  });

  test('decides by its status though its body never ends', async () => {
    server.answer = async (request, response) => {
      await drain(request);
      response.writeHead(502, { 'content-type': 'text/html' }).write('<h1>');
    };
    expect(await failure({}, { timeoutMs: 600_000 })).toMatchObject({ code: GatewayErrorCode.GW_5XX });
  });

  test.each([429, 503])('%i with Retry-After names the wait that was asked for', async (status) => {
    server.answer = answerStatus(status, { 'retry-after': '120' });
    expect(await failure()).toMatchObject({ code: GatewayErrorCode.GW_5XX, retryAfterMs: 120_000 });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
  test.each([
    ['seconds', '120', 120_000],
    ['no wait', '0', 0],
    ['a date', 'Wed, 21 Oct 2026 07:29:30 GMT', 90_000],
    ['a date that has passed', 'Wed, 21 Oct 2020 07:29:30 GMT', 0],
    ['a day: an hour at most', '86400', 3_600_000],
    ['a date in a year: an hour at most', 'Thu, 21 Oct 2027 07:28:00 GMT', 3_600_000],
    ['nonsense', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('of %s', (_, value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });
});

describe('no answer', () => {
  test('within the time is GW_TIMEOUT', async () => {
    server.answer = async (request) => void (await drain(request));
    expect(await failure({}, { timeoutMs: 100 })).toMatchObject({
      code: GatewayErrorCode.GW_TIMEOUT,
      retryable: true,
      message: expect.stringMatching(
        /^the gateway at http:\/\/127\.0\.0\.1:\d+ did not answer within 100 ms$/,
      ),
    });
  });

  test('but the beginning of one is GW_TIMEOUT too', async () => {
    server.answer = async (request, response) => {
      await drain(request);
      response.write('<invoice>');
    };
    expect(await failure({}, { timeoutMs: 300 })).toMatchObject({
      code: GatewayErrorCode.GW_TIMEOUT,
      retryable: true,
    });
  });

  test('because the connection is refused is GW_5XX', async () => {
    const error = await failure({}, { url: `http://localhost:${await freePort()}` });
    expect(error).toMatchObject({ code: GatewayErrorCode.GW_5XX, retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('because the connection is reset is GW_5XX', async () => {
    server.answer = (request) => {
      request.socket.resetAndDestroy();
    };
    expect(await failure()).toMatchObject({ code: GatewayErrorCode.GW_5XX, retryable: true });
  });

  test('because it hung up is GW_5XX', async () => {
    server.answer = async (request) => {
      await drain(request);
      request.socket.destroy();
    };
    expect(await failure()).toMatchObject({ code: GatewayErrorCode.GW_5XX, retryable: true });
  });

  test('because the name is not found is GW_5XX', async () => {
    const error = await failure({}, { url: 'http://gateway.invalid' });
    expect(error).toMatchObject({ code: GatewayErrorCode.GW_5XX, retryable: true });
    expect(error.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test.each(['ETIMEDOUT', 'ECONNABORTED'])('%s is GW_TIMEOUT', (code) => {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
    expect(gatewayFailure(error, { url: 'http://gateway', timedOut: false, timeoutMs: 1 })).toMatchObject({
      code: GatewayErrorCode.GW_TIMEOUT,
      retryable: true,
    });
  });
});

test('no error tells the password of the address, nor does anything beneath it', async () => {
  const url = `http://sam:hunter2@127.0.0.1:${await freePort()}`;
  expect(inspect(await failure({}, { url }), { depth: 20, showHidden: true })).not.toContain('hunter2');
  server.answer = answerStatus(400);
  const refused = await failure({}, { url: server.url.replace('//', '//sam:hunter2@') });
  expect(inspect(refused, { depth: 20, showHidden: true })).not.toContain('hunter2');
});

test('a gateway is called again after one that failed', async () => {
  const gateway = createGateway({ url: server.url, timeoutMs: 20_000, maxBytes: MB });
  const into = await open(join(folder, 'answer.xml'), 'w');
  const request = {
    mapping: 'invoice',
    jobId: 'job-1',
    requestId: null,
    into,
    signal: new AbortController().signal,
  };
  server.answer = (call) => void call.socket.destroy();
  await expect(
    gateway.convert({ ...request, pdf: await openFile(join(folder, 'a.pdf')) }),
  ).rejects.toMatchObject({ code: GatewayErrorCode.GW_5XX });
  server.answer = answerXml('<invoice/>');
  expect(await gateway.convert({ ...request, pdf: await openFile(join(folder, 'a.pdf')) })).toMatchObject({
    bytes: 10,
  });
  await into.close();
});

describe('whether the gateway is alive', () => {
  const alive = (url = server.url) =>
    createGateway({ url, timeoutMs: 20_000, maxBytes: MB }).isAlive(new AbortController().signal);

  test.each([
    [200, true],
    [301, true],
    [404, true],
    [500, false],
    [503, false],
  ])('an answer of %i to GET /health says %s, and is no call', async (status, says) => {
    server.health = answerStatus(status, { location: 'http://127.0.0.1:1/' }, 'x'.repeat(MB));
    expect(await alive()).toBe(says);
    expect(server.calls).toEqual([]);
  });

  test('is asked with the user and password of the address', async () => {
    let authorization: string | undefined;
    server.health = (request, response) => {
      authorization = request.headers.authorization;
      response.end();
    };
    expect(await alive(server.url.replace('://', '://user:word@'))).toBe(true);
    expect(authorization).toBe(`Basic ${Buffer.from('user:word').toString('base64')}`);
  });

  test('no answer means no', async () => {
    server.health = (request) => void request.socket.destroy();
    expect(await alive()).toBe(false);
    expect(await alive(`http://127.0.0.1:${await freePort()}`)).toBe(false);
  });
});
