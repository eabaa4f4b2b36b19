import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type StoredContent, sleep } from 'pg-switchyard';
import { Problem } from 'pg-switchyard/api';

const lookEveryMs = 500;
const chunkBytes = 64 * 1024;
/** Each asks Postgres twice a second. */
const mostAtOnce = 50;

export interface GrowingLog {
  file: FileHandle;
  /** Whether more may come; asked twice a second. */
  goesOn: () => Promise<boolean>;
}

/**
 * A route that answers a log: what is in its file, and what comes to it for as long as more may come; or one that is whole. `open` finds
 * the log, and throws a problem when there is none.
 */
export function growingLogRoute(
  app: FastifyInstance,
  path: string,
  open: (request: FastifyRequest) => Promise<GrowingLog | StoredContent>,
): void {
  const closing = new AbortController();
  let followers = 0;
  app.addHook('preClose', async () => closing.abort());

  app.get(path, { exposeHeadRoute: false }, async (request, reply) => {
    const over = aborted(reply);
    const log = await open(request);
    if ('bytes' in log) return reply.type('text/plain; charset=utf-8').send(await log.stream());
    if (followers >= mostAtOnce || over.aborted) {
      await log.file.close();
      throw new Problem(503, 'TOO_MANY_FOLLOWERS', `${mostAtOnce} logs are being followed; try again later`);
    }
    followers += 1;
    over.addEventListener('abort', () => {
      followers -= 1;
    });
    request.raw.socket.setTimeout(0); // what is logged may say nothing for long
    reply.header('connection', 'close'); // kept alive it would hold up the end of the API
    const text = follow(log, AbortSignal.any([closing.signal, over]));
    return reply.type('text/plain; charset=utf-8').send(Readable.from(text));
  });
}

/** Aborted when the client goes away: a generator notices that it was closed only when it yields. */
function aborted(reply: FastifyReply): AbortSignal {
  const over = new AbortController();
  reply.raw.once('close', () => over.abort());
  return over.signal;
}

/** What is in the file, and what comes to it while `goesOn` and until the signal. Closes the file, however it is left. */
async function* follow({ file, goesOn }: GrowingLog, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for (let more = true; more; ) {
      more = !signal.aborted && (await goesOn()); // first, so that the last lines are read after it
      yield* unread(file);
      if (more) await sleep(lookEveryMs, signal);
    }
  } finally {
    await file.close();
  }
}

async function* unread(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
