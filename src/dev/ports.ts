import { createServer } from 'node:net';
import { SetupError } from '../platform/errors.ts';

/** A port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * The port to use: `wanted`, or any free one for 0.
 * @throws {SetupError} naming the port, its setting and the way out when somebody else listens there
 */
export async function claimPort(setting: string, wanted: number): Promise<number> {
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
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
