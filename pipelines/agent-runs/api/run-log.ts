import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sleep } from 'pg-switchyard';
import { type PluginDeps, Problem } from 'pg-switchyard/api';
import { openArtifact } from './agent-run-artifacts.ts';
import { type FindRun, isAtWork } from './agent-run-view.ts';

const lookEveryMs = 500;
const chunkBytes = 64 * 1024;
/** Each asks Postgres twice a second. */
const mostAtOnce = 50;

export interface RunDeps extends PluginDeps {
  resultRoot: string;
}

/** `GET /api/agent-runs/:id/log`: what the latest attempt says, as it says it, until it has ended or asks something. */
export function runLogRoute(app: FastifyInstance, deps: RunDeps, find: FindRun): void {
  const closing = new AbortController();
  let open = 0;
  app.addHook('preClose', async () => closing.abort());

  app.get('/api/agent-runs/:id/log', { exposeHeadRoute: false }, async (request, reply) => {
    const over = new AbortController();
    reply.raw.once('close', () => over.abort()); // the generator hears of its own end only where it yields
    const row = await find(request);
    const file = await openArtifact(deps.resultRoot, row, 'log.txt');
    if (file === undefined)
      throw new Problem(
        404,
        'NO_LOG',
        `run ${row.id} has no log; it is ${row.status}, attempt ${row.attempt}`,
      );
    if (open >= mostAtOnce || over.signal.aborted) {
      await file.close();
      throw new Problem(503, 'TOO_MANY_FOLLOWERS', `${mostAtOnce} logs are being followed; try again later`);
    }
    const goesOn = async () => {
      const now = await find(request);
      return now.attempt === row.attempt && isAtWork(now);
    };
    open += 1;
    over.signal.addEventListener('abort', () => {
      open -= 1;
    });
    request.raw.socket.setTimeout(0); // a tool may say nothing for long
    const log = follow(file, goesOn, AbortSignal.any([closing.signal, over.signal]));
    reply.header('connection', 'close'); // kept alive it would hold up the end of the API
    return reply.type('text/plain; charset=utf-8').send(Readable.from(log));
  });
}

/** What is in the file, and what comes to it while `goesOn` and until the signal. Closes the file, however it is left. */
async function* follow(
  file: FileHandle,
  goesOn: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
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
