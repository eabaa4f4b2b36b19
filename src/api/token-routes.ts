import { z } from 'zod';
import { type TokenView, tokenView } from '../operations/views.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { Problem, quoteInput } from './problems.ts';
import type { RouteApp } from './route-app.ts';
import { iso, isoOrNull } from './times.ts';
import { listTokens, revokeToken, type TokenRecord } from './tokens.ts';

/** `GET /api/tokens` and `DELETE /api/tokens/:name`. Tokens are made by `switchyard token create` alone. */
export function tokenRoutes(app: RouteApp, { pool }: RouteDeps): void {
  const tags = ['tokens'];
  const config = { scope: 'operate' } as const;

  app.get(
    '/api/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'The tokens of the API, without what they are',
        response: { 200: z.object({ tokens: z.array(tokenView) }) },
      },
    },
    async () => ({ tokens: (await listTokens(pool)).map(viewOf) }),
  );

  app.delete(
    '/api/tokens/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Revokes a token, within 10 seconds',
        params: z.object({ name: z.string() }),
        response: { 200: z.object({ revoked: z.literal(true) }) },
      },
    },
    async (request) => {
      const { name } = request.params;
      const isThere = !name.includes('\0') && (await changeAs(request, pool, (tx) => revokeToken(tx, name)));
      if (!isThere) throw new Problem(404, 'NO_SUCH_TOKEN', `there is no token ${quoteInput(name)}`);
      request.log.info({ revoked: name }, 'token revoked');
      return { revoked: true as const };
    },
  );
}

const viewOf = (token: TokenRecord): TokenView => ({
  name: token.name,
  scopes: token.scopes,
  createdAt: iso(token.created_at),
  expiresAt: isoOrNull(token.expires_at),
  revokedAt: isoOrNull(token.revoked_at),
  lastUsedAt: isoOrNull(token.last_used_at),
});
