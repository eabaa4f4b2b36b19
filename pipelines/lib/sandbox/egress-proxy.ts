import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { readEgress } from './egress-list.ts';

/** One command needs no more connections at once. */
const maxConnections = 128;
const connectTimeoutMs = 30_000;

export interface EgressProxy {
  /** The path of its Unix socket, in a folder that only our account may enter. */
  socket: string;
  close(): Promise<void>;
}

/**
 * An HTTP proxy for one command: `CONNECT` for whatever is encrypted, and plain requests for `http://`. It connects to the hosts and
 * ports of the list and to nothing else. It looks names up itself, and sees nothing of what goes through a tunnel.
 */
export async function openEgressProxy(allowed: readonly string[]): Promise<EgressProxy> {
  const names = new Set(allowed.flatMap((entry) => readEgress(entry)?.name ?? []));
  const find = (text: string) => {
    const wanted = readEgress(text);
    return wanted !== undefined && names.has(wanted.name) ? wanted : undefined;
  };
  const sockets = new Set<Duplex>();
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    const url = URL.parse(incoming.url ?? '');
    const to = url?.protocol === 'http:' ? find(`${url.hostname}:${url.port || 80}`) : undefined;
    if (url === null || to === undefined) refuse(outgoing, url?.host ?? String(incoming.url));
    else forward(incoming, outgoing, url, to);
  });
  server.maxConnections = maxConnections;
  server.on('connection', keep);
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const to = find(incoming.url ?? '');
    if (to === undefined) client.end(refusal(String(incoming.url)));
    else tunnel(client, keep(connect(to.port, to.host)), head);
  });
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-egress-'));
  const socket = join(folder, 'proxy.sock');
  await new Promise<void>((done, fail) => server.once('error', fail).listen(socket, done));
  return {
    socket,
    async close() {
      for (const open of sockets) open.destroy();
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const why = (wanted: string) => `${JSON.stringify(wanted.slice(0, 300))} is not among what may be reached\n`;

const refusal = (wanted: string) =>
  `HTTP/1.1 403 Not among what may be reached\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${why(wanted)}`;

function refuse(outgoing: ServerResponse, wanted: string): void {
  outgoing.writeHead(403, { 'Content-Type': 'text/plain' }).end(why(wanted));
}

function tunnel(client: Duplex, upstream: Socket, head: Buffer): void {
  upstream.setTimeout(connectTimeoutMs, () => upstream.destroy());
  upstream.once('connect', () => {
    upstream.setTimeout(0);
    client.write('HTTP/1.1 200 Connected\r\n\r\n');
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  upstream.once('error', () => client.end('HTTP/1.1 502 Cannot be reached\r\n\r\n'));
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.end());
}

/** The request as it is, but for what was meant for the proxy. */
function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  url: URL,
  { host, port }: { host: string; port: number },
): void {
  const { 'proxy-connection': _, 'proxy-authorization': __, ...headers } = incoming.headers;
  const upstream = request({
    host,
    port,
    method: incoming.method,
    path: url.pathname + url.search,
    headers: { ...headers, host: url.host },
    setHost: false,
    agent: false,
    timeout: connectTimeoutMs,
  });
  upstream.once('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  upstream.once('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
  outgoing.once('close', () => upstream.destroy());
  incoming.pipe(upstream);
}
