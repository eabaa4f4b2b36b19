import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { until } from '../support/until.ts';

let server: Server;
let proxy: TcpProxy;
let received: string;
beforeEach(async () => {
  received = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined); // broken on purpose
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      socket.write(`got ${text}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.start((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.close();
  await new Promise((done) => server.close(done));
});

const closed = (socket: Socket) => new Promise<void>((done) => socket.once('close', () => done()).resume());

async function caller(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  socket.on('error', () => undefined); // broken on purpose
  await once(socket, 'connect');
  return socket;
}

test('passes both directions on', async () => {
  const socket = await caller();
  socket.write('hello');
  expect(await once(socket, 'data')).toEqual(['got hello']);
  socket.end();
  await closed(socket);
});

test('half-written: half of what is said arrives, then both sides are gone', async () => {
  const socket = await caller();
  proxy.disturb('half-written');
  socket.write('12345678');
  await closed(socket);
  await until(async () => received === '1234');
});

test('stalled: nothing arrives until it is healed, then all of it', async () => {
  const socket = await caller();
  proxy.disturb('stall');
  socket.write('first');
  const other = await caller();
  proxy.heal();
  expect(await once(socket, 'data')).toEqual(['got first']);
  socket.destroy();
  other.destroy();
});

test('cut: what is open breaks, and what is opened breaks too, until it is healed', async () => {
  const socket = await caller();
  const broken = closed(socket);
  proxy.disturb('cut');
  await broken;
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await closed(refused);
  proxy.heal();
  const healed = await caller();
  healed.write('hello');
  expect(await once(healed, 'data')).toEqual(['got hello']);
  healed.destroy();
});
