import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import multipart from '@fastify/multipart';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { Logger } from 'pg-switchyard';
import { Problem, sendProblem, shown } from './problems.ts';
import { type ProcessRouteDeps, processRoute } from './process-route.ts';

/** A whole request, its PDF included, must have come in by then. */
const requestTimeoutMs = 15 * 60 * 1000;

/** The gateway's HTTP server. Listening is the caller's. Every log line of a request carries its id and its job's. */
export async function createServer(deps: ProcessRouteDeps & { log: Logger }): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => idIn(request.headers['x-request-id']) ?? randomUUID(),
    childLoggerFactory: (log, bindings, options, request) => {
      const jobId = idIn(request.headers['x-job-id']);
      return log.child({ ...bindings, ...(jobId !== undefined && { jobId }) }, options);
    },
    requestTimeout: requestTimeoutMs,
  });
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: false });
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${shown(request.url)}; there are POST /process, POST /preview and GET /health`;
    return sendProblem(new Problem(404, 'NO_SUCH_ROUTE', detail), request, reply);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
  });
  processRoute(app, deps);
  app.get('/health', async () => ({ status: 'ok' }));
  return app;
}

/** An id from outside that is fit for logs and headers. */
function idIn(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:+/=-]{1,100}$/.test(header) ? header : undefined;
}
