import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import proto from '@temporalio/proto';
import { payloadEncryption } from '../../src/platform/payload-encryption.ts';

const { Payload } = proto.temporal.api.common.v1;

export interface CodecServer {
  endpoint: string;
  /** Of each request: its path and headers. */
  readonly asked: { path: string; headers: IncomingHttpHeaders }[];
  /** Answers in place of the codec while it is set. */
  answer: { status: number; body: string } | undefined;
  close(): Promise<void>;
}

/** A codec server as people run one beside Temporal's Web UI: it encrypts with a key that nobody else has. */
export async function startCodecServer(port = 0): Promise<CodecServer> {
  const codec = payloadEncryption([{ id: 'codec', key: Buffer.alloc(32, 7) }]);
  const asked: CodecServer['asked'] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    asked.push({ path, headers: request.headers });
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (codecServer.answer !== undefined) {
      response.writeHead(codecServer.answer.status).end(codecServer.answer.body);
      return;
    }
    const { payloads } = JSON.parse(Buffer.concat(parts).toString()) as { payloads: object[] };
    const given = payloads.map((payload) => Payload.fromObject(payload));
    const done = await (path.endsWith('/encode') ? codec.encode(given) : codec.decode(given));
    const list = done.map((payload) => Payload.toObject(Payload.fromObject(payload), { bytes: String }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ payloads: list }));
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const codecServer: CodecServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: undefined,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return codecServer;
}
