import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type EgressProxy, openEgressProxy } from '../../sandbox/egress-proxy.ts';

let origin: Server;
let port: number;
let proxy: EgressProxy | undefined;
beforeAll(async () => {
  origin = createServer((incoming, outgoing) =>
    outgoing.end(`${incoming.method} ${incoming.url} ${incoming.headers.host}`),
  );
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  port = (origin.address() as AddressInfo).port;
});
afterAll(() => void origin.close());
afterEach(() => proxy?.close());

const open = async (...allowed: string[]) => {
  proxy = await openEgressProxy(allowed);
  return proxy.socket;
};

/** What comes back when this is written to the proxy, up to the end of the connection. */
async function say(socketPath: string, words: string): Promise<string> {
  const socket = connect(socketPath);
  socket.write(words);
  return text(socket);
}

const connectTo = (place: string, then = '') => `CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n${then}`;
const get = (host: string) => `GET /there HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

test('a tunnel leads to a host and port of the list, also by a name in other letters', async () => {
  const socket = await open(`127.0.0.1:${port}`, `localhost:${port}`);
  const answer = await say(socket, connectTo(`127.0.0.1:${port}`, get('a')));
  expect(answer).toMatch(/^HTTP\/1\.1 200 Connected\r\n\r\nHTTP\/1\.1 200 OK/);
  expect(answer).toContain('GET /there a');
  expect(await say(socket, connectTo(`LOCALHOST.:${port}`, get('b')))).toContain('GET /there b');
});

test.each([
  ['another port of the host', () => '127.0.0.1:1'],
  ['another name of the same host', () => `localhost:${port}`],
  ['a number that means the same address', () => `2130706433:${port}`],
  ['a name that ends like it', () => `evil127.0.0.1:${port}`],
  ['an address with a user', () => `x@127.0.0.1:${port}`],
  ['no port', () => '127.0.0.1'],
])('a tunnel to %s is refused', async (_, place) => {
  const socket = await open(`127.0.0.1:${port}`);
  expect(await say(socket, connectTo(place()))).toMatch(/^HTTP\/1\.1 (403|400) /);
});

test('a plain request goes to a host of the list alone, whatever its Host says', async () => {
  const socketPath = await open(`127.0.0.1:${port}`);
  const ask = async (path: string) => {
    const asking = request({ socketPath, path, headers: { host: 'other.example' } }).end();
    const [answer] = await once(asking, 'response');
    return [answer.statusCode, await text(answer)];
  };
  expect(await ask(`http://127.0.0.1:${port}/a?b`)).toEqual([200, `GET /a?b 127.0.0.1:${port}`]);
  expect((await ask(`http://localhost:${port}/a`))[0]).toBe(403);
  expect((await ask('/a'))[0]).toBe(403);
});

test('a host that cannot be reached is told as such', async () => {
  expect(await say(await open('127.0.0.1:1'), connectTo('127.0.0.1:1'))).toMatch(/^HTTP\/1\.1 502 /);
});

test('closing it ends what goes through it', async () => {
  const socket = connect(await open(`127.0.0.1:${port}`));
  socket.write(connectTo(`127.0.0.1:${port}`));
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await proxy?.close();
  proxy = undefined;
  await closed;
});
