import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RouteOptions,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { QueueRegistry } from '../registry/queue-registry.ts';
import { addAccess, mayStillRead } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { doctorRoutes } from './doctor.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { jobChangeRoutes } from './job-changes.ts';
import { jobRoutes } from './jobs.ts';
import { takeJson } from './json-body.ts';
import { liveRoutes } from './live/routes.ts';
import { objectiveRoutes } from './objectives.ts';
import { addOpenApi, openPage } from './openapi.ts';
import { overviewRoutes } from './overview.ts';
import { pageRoutes } from './page.ts';
import { pauseRoutes } from './pauses.ts';
import { Problem, quoteInput, sendProblem } from './problems.ts';
import { definitionsOf, queueRoutes } from './queues.ts';
import { redriveRoutes } from './redrives.ts';
import { reportedPool } from './reported-pool.ts';
import { addResponseHeaders, answerBrokenHttp, requestIdOf, setResponseHeaders } from './response-headers.ts';
import { stepRoutes } from './steps.ts';
import { tokenRoutes } from './token-routes.ts';
import { compileValidator } from './validation.ts';
import { webhookRoutes } from './webhooks.ts';
import { whyRoutes } from './why.ts';

/** A whole request, its body included, must have come in by then. */
const requestTimeoutMs = 15 * 60 * 1000;
/** A connection on which nothing moves is closed after this. */
const silenceMs = 60_000;
/** Ends with a newline, for terminals. */
const writeJson = (answer: unknown): string => `${JSON.stringify(answer)}\n`;
/** The key of a job, in a path, with every character of it escaped. */
const longestParameter = 200 * 12;

/**
 * The HTTP API over the given connections. Listening, and closing the pool, is up to the caller; `onRoute` is called for every
 * route.
 */
export async function createApi(
  deps: ApiDeps,
  onRoute: (route: RouteOptions) => void = () => undefined,
): Promise<FastifyInstance> {
  const pool = reportedPool(deps.pool);
  const routeDeps = { ...deps, pool, queues: new QueueRegistry({ pool, queues: deps.queues }) };
  const app: FastifyInstance = fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    requestIdHeader: false,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: longestParameter },
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceMs,
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => {
      setResponseHeaders(reply, request.id);
      sendProblem(error, request, reply);
    },
  });
  const routes: string[] = [];
  app.addHook('onRoute', (route) => {
    openPage(route);
    if (route.method !== 'HEAD' && route.schema?.hide !== true)
      routes.push(`${route.method} ${route.url.replace(/:(\w+)/g, '{$1}')}`);
    onRoute(route);
  });
  // JSON where a route asks for it is the only body that is taken; plugins may take others. What else comes is refused with 415 unread.
  app.removeAllContentTypeParsers();
  app.setValidatorCompiler(compileValidator);
  // What routes answer is typed; their schemas describe it.
  app.setSerializerCompiler(() => writeJson);
  app.setReplySerializer(writeJson);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new Problem(404, 'NO_SUCH_ROUTE', `there is no ${request.method} ${quoteInput(request.url)}`),
      request,
      reply,
    ),
  );
  addResponseHeaders(app, deps.settings.apiHost);
  addAccess(app, deps.tokens, deps.settings.apiHost);

  await addOpenApi(app);
  healthRoutes(app, deps);
  liveRoutes(app, { pool: deps.pool, log: deps.log, mayRead: mayStillRead(deps.tokens) }, deps.live);
  for (const { routes } of deps.plugins) await app.register(async (scope) => routes?.(scope, routeDeps));
  await app.register(async (scope) => {
    const control = scope.withTypeProvider<ZodTypeProvider>();
    takeJson(control);
    queueRoutes(control, routeDeps);
    historyRoutes(control, routeDeps);
    objectiveRoutes(control, routeDeps);
    jobRoutes(control, routeDeps);
    jobChangeRoutes(control, routeDeps);
    whyRoutes(control, routeDeps);
    stepRoutes(control, routeDeps);
    pauseRoutes(control, routeDeps);
    redriveRoutes(control, routeDeps);
    overviewRoutes(control, routeDeps, definitionsOf(deps.queues));
    webhookRoutes(control, routeDeps);
    tokenRoutes(control, routeDeps);
    if (deps.examine !== undefined) doctorRoutes(control, deps.examine);
    for (const { jsonRoutes } of deps.plugins) await jsonRoutes?.(control, routeDeps);
  });
  app.get('/', async () => ({
    name: 'switchyard',
    documentation: 'docs/api.md',
    routes,
  }));
  await app.register((page) => pageRoutes(page, deps.page));
  return app;
}
