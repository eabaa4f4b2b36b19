import { isDatabaseTrouble } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';
import type { Logger } from '../platform/logging.ts';
import { isLoopback } from '../platform/loopback.ts';
import type { KnownTokens } from './known-tokens.ts';

/**
 * Refuses to listen for other machines while nobody has a token. A database that is away does not keep the API from
 * starting: until it is back, every request that needs a token is answered with 503.
 * @throws {SetupError}
 */
export async function requireTokenBeyondLoopback(
  tokens: KnownTokens,
  apiHost: string,
  log: Logger,
): Promise<void> {
  if (isLoopback(apiHost)) return;
  try {
    if (await tokens.anyUsable()) return;
  } catch (error) {
    if (!isDatabaseTrouble(error)) throw error;
    log.warn({ err: error }, 'the database is away: not known whether there is a token');
    return;
  }
  throw new SetupError(
    `API_HOST is ${apiHost}, which others than this machine can reach, and there is no token to tell them apart. ` +
      'Create one (npm run token -- create NAME --scopes read,write; in a container node server/token.ts create …), ' +
      'or set API_HOST to 127.0.0.1.',
  );
}
