import { createServer } from 'node:net';
import type { Random } from './random.ts';

/** Below the ports that systems give to outgoing connections: one that is kept over restarts must not be taken meanwhile. */
const range = { least: 12_000, most: 30_000 };

/** Ports of loopback, all different, that were free a moment ago. */
export async function findPorts(many: number, random: Random): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < many) {
    const port = random.between(range.least, range.most);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer().once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
