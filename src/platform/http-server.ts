import type { FastifyInstance } from 'fastify';
import { SetupError, systemErrorCode } from './errors.ts';
import type { Logger } from './logging.ts';
import { aborted } from './shutdown.ts';

/** What the system says of an address that a setting must change. */
const wrongAddress = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

/**
 * Serves until the signal: then takes no new connections, lets running requests end, and breaks off those that take
 * longer than `graceMs`.
 * @throws {SetupError} naming the address and its settings when it cannot be listened on
 */
export async function serveUntilAborted(
  app: FastifyInstance,
  options: {
    /** In log lines and errors. */
    name: string;
    host: string;
    port: number;
    /** The settings that change host and port. */
    settings: string;
    graceMs: number;
    signal: AbortSignal;
    log: Logger;
  },
): Promise<void> {
  const { name, host, port } = options;
  closeConnectionsAtTheEnd(app);
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    const code = systemErrorCode(error);
    if (code === undefined || !wrongAddress.has(code)) throw error;
    throw new SetupError(
      `The ${name} cannot listen on ${host}:${port} (${code}). Set ${options.settings} to a free address.`,
    );
  });
  options.log.info({ url }, `${name} listens`);
  await aborted(options.signal);
  const late = setTimeout(() => app.server.closeAllConnections(), options.graceMs);
  await app.close().finally(() => clearTimeout(late));
}

/** A connection that was at work when the server began to close would else be kept alive, and the server with it. */
function closeConnectionsAtTheEnd(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}
