import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import { eventStreams } from '../../platform/metrics.ts';
import { Problem, quoteInput, throwDatabaseProblem } from '../problems.ts';
import { readQuery } from '../query-parameters.ts';
import { EventFeed } from './event-feed.ts';
import { EventReader } from './event-reader.ts';
import { EventStream } from './event-stream.ts';
import { positionText } from './event-text.ts';
import { type Position, readPosition } from './position.ts';

export interface LiveOptions {
  /** How often a quiet stream says that it is there, in milliseconds. */
  heartbeatMs?: number;
  /** The most streams of this process. */
  mostStreams?: number;
}

/** When a client whose stream ended asks again. */
const retryMs = 1_000;

/**
 * `GET /api/events`: events of jobs and changes of queues as they are committed, as server-sent events.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * @param mayRead asked at each heartbeat: whether the caller's token still holds
 */
export function liveRoutes(
  app: FastifyInstance,
  { pool, log, mayRead }: { pool: Pool; log: Logger; mayRead: (request: FastifyRequest) => Promise<boolean> },
  { heartbeatMs = 15_000, mostStreams = 500 }: LiveOptions = {},
): void {
  const reader = new EventReader({ pool, log });
  const streams = new Set<EventStream>();
  let beginning = 0;
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });

  const schema = {
    tags: ['events'],
    summary: 'Events as they are committed, as a stream',
    description:
      'Server-sent events `job`, `queue` and `reset`, of one queue or one job where the parameters `queue` and `job` say so; a client resumes by Last-Event-ID.',
    produces: ['text/event-stream'],
  };
  app.get('/api/events', { exposeHeadRoute: false, schema }, async (request, reply) => {
    const { queue, job } = readQuery(request, ['queue', 'job']);
    const feed = new EventFeed({ queue: nameIn('queue', queue), job: nameIn('job', job) });
    const since = positionIn(request);
    if (streams.size + beginning >= mostStreams) throw tooManyStreams(mostStreams);
    beginning += 1;
    try {
      const first = await feed.begin(reader, pool, since).catch(throwDatabaseProblem);
      open(request, reply, feed, first);
    } catch (error) {
      reader.leave(feed);
      throw error;
    } finally {
      beginning -= 1;
    }
  });

  function open(request: FastifyRequest, reply: FastifyReply, feed: EventFeed, first: string): void {
    reply.hijack();
    if (reply.raw.destroyed) {
      reader.leave(feed);
      return;
    }
    reply.raw.writeHead(200, headersOf(reply));
    const stream = new EventStream(reply.raw, {
      heartbeatMs,
      heartbeat: () => {
        void endUnlessAllowed(request, stream);
        return `: ${new Date().toISOString()}\n${positionText(feed.position)}`;
      },
      cutOff: (why) => request.log.warn(`a stream of events was cut off: ${why}`),
      closed: () => {
        if (streams.delete(stream)) eventStreams.dec();
        reader.leave(feed);
      },
    });
    streams.add(stream);
    eventStreams.inc();
    stream.write(`retry: ${retryMs}\n${first}`);
    feed.writeTo((text) => stream.write(text));
  }

  /** While the database is away nobody is refused. */
  async function endUnlessAllowed(request: FastifyRequest, stream: EventStream): Promise<void> {
    const allowed = await mayRead(request).catch((error: unknown) => {
      request.log.debug({ err: error }, 'the token of a stream could not be looked up');
      return true;
    });
    if (!allowed) stream.end();
  }
}

/** A proxy must not keep events back, and a stream that ends must not leave a connection that keeps the server open. */
const headersOf = (reply: FastifyReply) => ({
  ...(reply.getHeaders() as Record<string, string>),
  'content-type': 'text/event-stream',
  'x-accel-buffering': 'no',
  connection: 'close',
});

function nameIn(parameter: string, value: string | undefined): string | undefined {
  if (value === undefined || (value !== '' && value.length <= 200 && !value.includes('\0'))) return value;
  throw new Problem(
    400,
    'BAD_PARAMETER',
    `${parameter} must have 1 to 200 characters; got ${quoteInput(value)}`,
  );
}

function positionIn({ headers }: FastifyRequest): Position | undefined {
  const given = headers['last-event-id'];
  if (given === undefined || given === '') return undefined;
  const position = readPosition(String(given));
  if (position !== undefined) return position;
  throw new Problem(
    400,
    'BAD_LAST_EVENT_ID',
    `Last-Event-ID must be the id of an earlier event, or left out; got ${quoteInput(String(given))}`,
  );
}

const tooManyStreams = (most: number) =>
  new Problem(
    503,
    'TOO_MANY_STREAMS',
    `this process serves ${most} streams of events already; try again later`,
    {
      headers: { 'retry-after': '10' },
    },
  );
