import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type LinkFault = 'cut' | 'delay' | 'half-written' | 'stall';

const delayMs = 150;

/** Passes bytes on to a port of loopback, as long as nothing disturbs it. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort: number;
  #fault: LinkFault | undefined;
  #healed = Promise.withResolvers<void>();

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((from) => this.#join(from));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  disturb(fault: LinkFault): void {
    this.#fault = fault;
    if (fault === 'cut') this.#breakAll();
  }

  /** To another server from now on, as an address that moves. */
  moveTo(targetPort: number): void {
    this.#targetPort = targetPort;
    this.#breakAll();
  }

  heal(): void {
    this.#fault = undefined;
    this.#healed.resolve();
    this.#healed = Promise.withResolvers();
  }

  async close(): Promise<void> {
    this.heal();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#breakAll();
    await closed;
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #join(from: Socket): void {
    const to = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [from, to]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // the pump sees it, and breaks the other side as well
      socket.once('close', () => this.#sockets.delete(socket));
    }
    if (this.#fault === 'cut') this.#breakAll();
    void this.#pump(from, to);
    void this.#pump(to, from);
  }

  /** One direction of a connection; when it breaks, both sides do. */
  async #pump(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) await this.#pass(chunk, to);
      to.end();
    } catch {
      from.destroy();
      to.destroy();
    }
  }

  async #pass(chunk: Buffer, to: Socket): Promise<void> {
    if (this.#fault === 'stall') await this.#healed.promise;
    if (this.#fault === 'delay') await pause(delayMs);
    if (this.#fault === 'half-written') return writeHalf(chunk, to);
    if (!to.write(chunk)) await drained(to);
  }
}

/** @throws always, once the half is on its way */
async function writeHalf(chunk: Buffer, to: Socket): Promise<never> {
  await new Promise<void>((done) => to.write(chunk.subarray(0, chunk.length / 2), () => done()));
  throw new Error('half-written');
}

async function drained(socket: Socket): Promise<void> {
  const over = new AbortController();
  const closed = once(socket, 'close', { signal: over.signal });
  await Promise.race([once(socket, 'drain', { signal: over.signal }), closed]).finally(() => over.abort());
}
