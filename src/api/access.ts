import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../platform/loopback.ts';
import type { KnownTokens, UsableToken } from './known-tokens.ts';
import { Problem, throwDatabaseProblem } from './problems.ts';
import type { TokenScope } from './tokens.ts';

/** What a route asks of its caller; `public` asks for nothing. */
export type RouteScope = TokenScope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not said: `read` for GET and HEAD, `operate` for all that may change something. */
    scope?: RouteScope;
  }
  interface FastifyRequest {
    /** The name of the token that the request came with; `null` where none was asked for. */
    tokenName: string | null;
  }
}

/**
 * Asks each request for a bearer token with the scope of its route, before its body is read: always when the API listens
 * beyond loopback, and on loopback as soon as there is any token. Routes say what they ask in `config: { scope }`; one
 * that says nothing asks for the scope of its method, so none can be left open by forgetting.
 *
 * A hook of our own because `@fastify/bearer-auth` knows neither scopes nor problem answers.
 * https://www.rfc-editor.org/rfc/rfc6750
 */
export function addAccess(app: FastifyInstance, tokens: KnownTokens, listensOn: string): void {
  app.decorateRequest('tokenName', null);
  app.addHook('onRequest', async (request) => {
    const scope = scopeOf(request.method, request.routeOptions.config.scope);
    if (scope === 'public') return;
    if (isLoopback(listensOn) && !(await tokens.any().catch(throwDatabaseProblem))) return;
    const token = await requireToken(request, tokens);
    if (!token.scopes.includes(scope)) throw lacks(token, scope, request);
    request.tokenName = token.name;
    request.log = request.log.child({ token: token.name });
    await tokens.noteUse(token).catch((error: unknown) => {
      request.log.warn({ err: error }, 'the use of the token was not noted');
    });
  });
}

export function scopeOf(method: string, stated: RouteScope | undefined): RouteScope {
  return stated ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'operate');
}

/** Whether the token of a request that goes on still holds. */
export const mayStillRead =
  (tokens: KnownTokens) =>
  async (request: FastifyRequest): Promise<boolean> => {
    if (request.tokenName === null) return true;
    const token = await requireToken(request, tokens).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) return undefined;
      throw error;
    });
    return token?.scopes.includes('read') ?? false;
  };

async function requireToken(request: FastifyRequest, tokens: KnownTokens): Promise<UsableToken> {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw unauthorized('NO_TOKEN', 'this API asks for a token: send Authorization: Bearer swy_…', '');
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const token = given === undefined ? undefined : await tokens.find(given).catch(throwDatabaseProblem);
  if (token !== undefined) return token;
  throw unauthorized(
    'WRONG_TOKEN',
    'the Authorization header holds no token that is good here: it is another one, is revoked or has expired',
    ', error="invalid_token"',
  );
}

function unauthorized(code: string, detail: string, error: string): Problem {
  return new Problem(401, code, detail, {
    headers: { 'www-authenticate': `Bearer realm="switchyard"${error}` },
  });
}

function lacks(token: UsableToken, scope: TokenScope, request: FastifyRequest): Problem {
  return new Problem(
    403,
    'SCOPE_MISSING',
    `the token "${token.name}" may ${token.scopes.join(', ')}; ${request.method} here needs the scope ${scope}`,
    {
      headers: {
        'www-authenticate': `Bearer realm="switchyard", error="insufficient_scope", scope="${scope}"`,
      },
    },
  );
}
