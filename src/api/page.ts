import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, quoteInput } from './problems.ts';

/** Written by scripts/build-page.ts; in the npm package it lies beside the compiled API. */
const builtPage = fileURLToPath(new URL('../page/', import.meta.url));

/** Nothing of other hosts, nothing inline, and in no frame. Files of jobs are shown from `blob:` addresses, which the page makes. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "frame-src 'self' blob:",
  "object-src 'self' blob:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** These routes hold no data and need no token: the page reads its data from the API, with the user's token. */
const open = { config: { scope: 'public' }, schema: { hide: true } } as const;
const oneYearMs = 365 * 24 * 60 * 60 * 1000;
/** Addresses of the API and of what watches it; no view of the page has one of these. */
const notOfThePage = /^\/(api|health|metrics)(\/|\?|$)/;

/**
 * The page: at every path outside the API, for requests that ask for HTML, as browsers do when they open an address. Its files have
 * names that change with what is in them, and are kept for a year.
 */
export async function pageRoutes(app: FastifyInstance, folder = builtPage): Promise<void> {
  app.addConstraintStrategy(asksForHtml);
  const isBuilt = existsSync(`${folder}/index.html`);
  const answer = isBuilt ? sendPage : sayNotBuilt;
  const html = { ...open, constraints: { [asksForHtml.name]: 'yes' } };
  if (isBuilt) await serveFiles(app, folder);
  app.get('/', html, answer);
  app.get('/*', html, answer);
}

/** Tells who asks for HTML from programs, whose `Accept` says JSON or anything. */
const asksForHtml = {
  name: 'asksForHtml',
  storage: () => {
    const routes = new Map<unknown, never>();
    return {
      get: (value: unknown) => routes.get(value) ?? null,
      set: (value: unknown, route: never) => void routes.set(value, route),
    };
  },
  deriveConstraint: ({ headers }: IncomingMessage) =>
    headers.accept?.includes('text/html') === true ? 'yes' : undefined,
};

async function serveFiles(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true });
  app.get('/assets/*', open, (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    return reply.sendFile(`assets/${name}`, { maxAge: oneYearMs, immutable: true });
  });
  app.get('/icon.svg', open, (_request, reply) => reply.sendFile('icon.svg', { maxAge: '1d' }));
}

function sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  refuseOthers(request);
  return reply
    .header('content-security-policy', policy)
    .header('vary', 'accept')
    .sendFile('index.html', { cacheControl: false });
}

function sayNotBuilt(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  refuseOthers(request);
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send('The page is not built: npm run page builds it.\n');
}

function refuseOthers(request: FastifyRequest): void {
  if (!notOfThePage.test(request.url)) return;
  throw new Problem(404, 'NO_SUCH_ROUTE', `there is no ${request.method} ${quoteInput(request.url)}`);
}
