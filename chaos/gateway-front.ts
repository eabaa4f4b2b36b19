import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type GatewayFault = 'hang' | 'reset' | 'half a body' | 'cut short' | 'garbage' | '500' | '429';

/** Stands before the real gateway and, while told to, misbehaves in its place. */
export interface GatewayFront {
  port: number;
  fault: GatewayFault | undefined;
  /** The jobs that it was called for. */
  readonly jobs: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startGatewayFront(gatewayPort: number): Promise<GatewayFront> {
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy()); // the gateway is away, or its caller
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const jobs = new Set<string>();

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    jobs.add(String(incoming.headers['x-job-id']));
    const fault = front.fault;
    const body = await buffer(incoming);
    if (fault !== undefined && fault in instead) return instead[fault as keyof typeof instead](response);
    const { status, headers, xml } = await ask(gatewayPort, incoming, body, response);
    if (fault === 'half a body') {
      response.writeHead(status, { ...headers, 'content-length': xml.length });
      response.write(xml.subarray(0, xml.length / 2), () => response.destroy());
    } else {
      response.writeHead(status, headers);
      response.end(fault === 'cut short' ? xml.subarray(0, xml.length / 2) : xml);
    }
  }

  const front: GatewayFront = {
    port: (server.address() as AddressInfo).port,
    fault: undefined,
    jobs,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
}

/** Answers that need no gateway. */
const instead = {
  hang: () => undefined,
  reset: (response: ServerResponse) => void response.socket?.resetAndDestroy(),
  garbage: (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/xml' }).end('\0<a>&b;</c>\xff'),
  '500': (response: ServerResponse) => void response.writeHead(500).end('the gateway fell over'),
  '429': (response: ServerResponse) => void response.writeHead(429, { 'retry-after': '1' }).end(),
};

async function ask(port: number, incoming: IncomingMessage, body: Buffer, caller: ServerResponse) {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method: incoming.method,
    path: incoming.url,
    headers,
    agent: false,
  });
  caller.once('close', () => outgoing.destroy());
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { 'transfer-encoding': _encoding, 'content-length': _length, ...kept } = answer.headers;
  delete kept.connection;
  return { status: answer.statusCode ?? 502, headers: kept, xml: await buffer(answer) };
}
