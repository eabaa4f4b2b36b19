import { equal, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { GatewayErrorCode } from '../../../pipelines/invoices/error-codes.ts';
import { createGateway } from '../../../pipelines/invoices/gateway-client.ts';
import { XmlCheck } from '../../../pipelines/invoices/xml.ts';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';
import { openFile } from '../../../src/storage/folder-store.ts';
import type { Target } from '../target.ts';
import { xmlDocument } from '../xml-documents.ts';

const maxBytes = 20_000;

const body = fc.oneof(
  xmlDocument.map(({ bytes }) => bytes),
  fc
    .constantFrom(
      ...[
        '{"detail":"\\ud800 half a letter","code":"\\u0000"}',
        '{"detail":{"toString":1}}',
        '{"__proto__":{"detail":"x"}}',
        'null',
        '[]',
      ],
      ...[
        `{"detail":"${'x'.repeat(15_000)}"}`,
        `${'['.repeat(15_000)}`,
        '{"detail":"a\\r\\nb\\u202e\\u001b[31m","code":7}',
        '"',
        '{',
      ],
      ...[`<a>${' '.repeat(30_000)}</a>`, `<a>${'<b>'.repeat(3_000)}`, `<!--${'x'.repeat(19_000)}`],
    )
    .map((said) => Buffer.from(said)),
);
const status = fc.constantFrom(
  ...[
    '200 OK',
    '200 OK',
    '200 OK',
    '200',
    '201 Created',
    '204 No Content',
    '206 Partial',
    '301 Moved',
    '304 Not Modified',
    '400 Bad',
  ],
  ...[
    '404 x',
    '406 x',
    '413 x',
    '415 x',
    '429 x',
    '500 x',
    '502 x',
    '503 x',
    '599 x',
    '999 x',
    '0 x',
    '-1 x',
    '20 x',
    '2000 x',
    '101 Switching',
  ],
);
const header = fc.constantFrom(
  ...[
    'content-type: application/problem+json',
    'content-type: application/json',
    'content-type: application/xml',
    'content-type: \u00ff',
  ],
  ...[
    'location: http://127.0.0.1:1/',
    'location: file:///etc/passwd',
    'retry-after: 99999999999',
    'retry-after: -5',
    'retry-after: soon',
  ],
  ...[
    'content-encoding: gzip',
    'connection: keep-alive',
    'upgrade: h2c',
    'trailer: x',
    'no colon here',
    ': no name',
    `x: ${'y'.repeat(12_000)}`,
  ],
  ...[
    `${'x: y\r\n'.repeat(1_500)}x: y`,
    'content-length: 5',
    'content-length: -1',
    'content-length: 99999999999999',
    'content-length: 0x10',
  ],
);
const framing = fc.constantFrom('length', 'chunked', 'close', 'broken chunks', 'endless chunk', 'short');

function framed(how: string, content: Buffer): { head: string; payload: Buffer } {
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const chunked = 'transfer-encoding: chunked\r\n';
  if (how === 'length') return { head: `content-length: ${content.length}\r\n`, payload: content };
  if (how === 'short') return { head: `content-length: ${content.length + 10}\r\n`, payload: content };
  if (how === 'close') return { head: '', payload: content };
  if (how === 'broken chunks')
    return { head: chunked, payload: Buffer.concat([chunk(content), Buffer.from('zz\r\nx')]) };
  if (how === 'endless chunk')
    return { head: chunked, payload: Buffer.concat([Buffer.from('fffffff\r\n'), content]) };
  return {
    head: chunked,
    payload: Buffer.concat([content.length > 0 ? chunk(content) : content, Buffer.from('0\r\n\r\n')]),
  };
}

const http = fc
  .tuple(
    fc.constantFrom('', '', '', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(300)),
    status,
    fc.array(header, { maxLength: 2 }),
    framing,
    body,
  )
  .map(([before, line, headers, how, content]) => {
    const { head, payload } = framed(how, content);
    const lines = headers.map((one) => `${one}\r\n`).join('');
    return Buffer.concat([
      Buffer.from(`${before}HTTP/1.1 ${line}\r\n${lines}${head}\r\n`, 'latin1'),
      payload,
    ]);
  });
const noHttp = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      '',
      'HTTP/9.9 200 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nx: ',
      'SSH-2.0-x\r\n',
      'x: y\r\n'.repeat(5_000),
    )
    .map((said) => Buffer.from(said)),
);
const answer = fc.oneof({ weight: 8, arbitrary: http }, { weight: 1, arbitrary: noHttp });

/** Codes by which a call may fail, and whether another try may help. */
const contract: Record<string, boolean> = {
  [GatewayErrorCode.GW_4XX]: false,
  [ErrorCode.TOO_LARGE]: false,
  [GatewayErrorCode.GW_5XX]: true,
  [GatewayErrorCode.GW_TIMEOUT]: true,
  [GatewayErrorCode.GW_BAD_XML]: true,
};

function checkFailure(error: unknown): void {
  if (!(error instanceof JobError)) throw error;
  equal(contract[error.code], error.retryable, error.code);
  ok(
    error.message.length < 700 && error.message.isWellFormed() && !/\p{Cc}/u.test(error.message),
    error.message,
  );
  ok((error.retryAfterMs ?? 0) >= 0 && (error.retryAfterMs ?? 0) <= 3_600_000);
}

/** A server that answers any request with the bytes at hand, and then ends the connection. */
async function startRawServer() {
  const open = new Set<Socket>();
  const state = { answer: Buffer.alloc(0) };
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined); // a client may go away at any time
    socket.once('data', () => socket.end(state.answer));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of open) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

export const gatewayAnswers: Target = {
  name: 'gateway-answers',
  about: 'what a gateway may send over HTTP: a whole XML is stored, else a failure by the contract',
  cases: 4_000,
  shortCases: 200,
  async open({ folder }) {
    const server = await startRawServer();
    const own = join(folder, 'gateway-answers');
    await mkdir(own);
    const [pdf, xml] = [join(own, 'a.pdf'), join(own, 'a.xml')];
    await writeFile(pdf, '%PDF-1.7');
    const gateway = createGateway({ url: server.url, timeoutMs: 20_000, maxBytes });
    const request = {
      mapping: 'invoice',
      jobId: 'j',
      requestId: null,
      signal: new AbortController().signal,
    };
    const property = fc.asyncProperty(answer, async (bytes) => {
      server.state.answer = bytes;
      const into = await open(xml, 'w');
      try {
        const stored = await gateway.convert({ ...request, pdf: await openFile(pdf), into });
        const content = await readFile(xml);
        equal(stored.bytes, content.length);
        equal(stored.sha256, createHash('sha256').update(content).digest('hex'));
        const check = new XmlCheck();
        check.write(content);
        equal(check.end(), undefined);
        ok(stored.bytes <= maxBytes);
      } catch (error) {
        checkFailure(error);
      } finally {
        await into.close();
      }
    });
    return { property, close: server.close };
  },
};
