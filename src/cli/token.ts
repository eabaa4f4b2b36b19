import { parseArgs } from 'node:util';
import {
  createToken,
  listTokens,
  type NewToken,
  revokeToken,
  type TokenRecord,
  type TokenScope,
  tokenScopes,
} from '../api/tokens.ts';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import { textTable } from '../platform/text-table.ts';

export const usageOf = (command: string) => `usage:
  ${command} create NAME --scopes read,write,operate [--expires 90d]
  ${command} list
  ${command} revoke NAME`;

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const mostDays = 3650;

/**
 * Makes, lists and revokes tokens of the API. `call` is how the command is called, for its own texts.
 * @throws {SetupError} for arguments that it does not know, with its usage
 */
export const tokenCommand =
  (call: string) =>
  async (pool: Pool, args: readonly string[]): Promise<string> => {
    const { command, name, scopes, expires } = readArguments(args, usageOf(call));
    if (command === 'list') return tableOf(await listTokens(pool));
    if (command === 'create' && name !== undefined) return create(pool, newToken(name, scopes, expires));
    if (command === 'revoke' && name !== undefined) return revoke(pool, name, call);
    throw new SetupError(usageOf(call));
  };

function readArguments(args: readonly string[], usage: string) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { scopes: { type: 'string' }, expires: { type: 'string' } },
    });
    const [command, name, ...more] = positionals;
    if (more.length > 0) throw new Error(`too many words: ${more.join(' ')}`);
    return { command, name, ...values };
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function create(pool: Pool, token: NewToken): Promise<string> {
  const made = await createToken(pool, token);
  if (made === undefined) {
    throw new SetupError(`there is a token "${token.name}" already, maybe a revoked one; take another name`);
  }
  process.stderr.write(`The token "${token.name}" is shown this once:\n`);
  return made;
}

async function revoke(pool: Pool, name: string, call: string): Promise<string> {
  if (await revokeToken(pool, name)) return `the token "${name}" is revoked; the API refuses it within 10 s`;
  throw new SetupError(`there is no token ${JSON.stringify(name)}; ${call} list names all`);
}

function newToken(name: string, scopes: string | undefined, expires: string | undefined): NewToken {
  if (!/^[a-z0-9][\w.@-]{0,63}$/i.test(name)) {
    throw new SetupError(
      `NAME must be 1 to 64 letters, digits and . _ @ -, beginning with a letter or digit; got ${JSON.stringify(name)}`,
    );
  }
  return { name, scopes: readScopes(scopes ?? ''), lifetimeMs: readLifetime(expires) };
}

function readScopes(text: string): TokenScope[] {
  const asked = text.split(',').map((word) => word.trim());
  if (asked.every((word) => (tokenScopes as readonly string[]).includes(word))) {
    return tokenScopes.filter((scope) => asked.includes(scope));
  }
  throw new SetupError(
    `--scopes must be a comma-separated list of ${tokenScopes.join(', ')}; got ${JSON.stringify(text)}`,
  );
}

function readLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^([1-9]\d{0,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(number) * unitMs[unit as keyof typeof unitMs];
  if (ms <= mostDays * unitMs.d) return ms;
  throw new SetupError(
    `--expires must be a number of minutes, hours or days up to ${mostDays}d: 30m, 12h, 90d; got ${JSON.stringify(text)}`,
  );
}

function tableOf(tokens: readonly TokenRecord[]): string {
  if (tokens.length === 0)
    return 'there is no token: on loopback the API asks for none, elsewhere it does not start';
  const lines = tokens.map((token) => [
    token.name,
    token.scopes.join(','),
    token.created_at.toISOString(),
    stateOf(token),
    `used ${token.last_used_at?.toISOString() ?? 'never'}`,
  ]);
  return textTable(lines);
}

function stateOf({ revoked_at, expires_at }: TokenRecord): string {
  if (revoked_at !== null) return `revoked ${revoked_at.toISOString()}`;
  if (expires_at === null) return 'good until revoked';
  return `${expires_at.getTime() > Date.now() ? 'good until' : 'expired'} ${expires_at.toISOString()}`;
}
