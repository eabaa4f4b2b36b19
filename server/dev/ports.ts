import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { SetupError } from 'pg-switchyard';

/** Below the ports that systems give to outgoing connections: one that is kept over restarts must not be taken meanwhile. */
const range = { least: 12_000, most: 30_000 };

const given = new Set<number>();

/** A port on loopback that was free a moment ago, another one each time. */
export async function freePort(): Promise<number> {
  const port = randomInt(range.least, range.most);
  if (given.has(port)) return freePort();
  given.add(port);
  return listenOnce(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return freePort();
  });
}

/**
 * The port to use: `wanted`, or any free one for 0.
 * @throws {SetupError} naming the port, its setting and the way out when somebody else listens there
 */
export async function claimPort(setting: string, wanted: number): Promise<number> {
  if (wanted === 0) return freePort();
  return listenOnce(wanted).catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(
      `Port ${wanted} is ${error.code === 'EADDRINUSE' ? 'taken by another program' : `not to be had (${error.code})`}. ` +
        `Set ${setting} to another port, or to 0 for any free one: ${setting}=0 npm start`,
    );
  });
}

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => server.close(() => done(port)));
  });
}

/** Whether something takes connections at the port of loopback. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
