import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from '../platform/database.ts';

/** What a token lets its bearer do: read jobs and results; add jobs; change jobs and queues. None includes another. */
export const tokenScopes = ['read', 'write', 'operate'] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** A token as people see it; the token itself is kept nowhere. */
export interface TokenRecord {
  name: string;
  scopes: TokenScope[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

export interface NewToken {
  name: string;
  scopes: readonly TokenScope[];
  /** How long it is good for, in milliseconds; `undefined`: until it is revoked. */
  lifetimeMs: number | undefined;
}

/** 256 random bits, with a prefix by which scanners of repositories and logs can find one. */
const newToken = (): string => `swy_${randomBytes(32).toString('base64url')}`;

export const looksLikeToken = (text: string): boolean => /^swy_[\w-]{43}$/.test(text);

/** Nothing can be guessed about 256 random bits, so the hash need not be slow. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Makes a token, which is answered this once. `undefined`: its name is taken, also by one that is revoked. */
export async function createToken(pool: Pool, { name, scopes, lifetimeMs }: NewToken) {
  const token = newToken();
  const { rowCount } = await pool.query(
    `INSERT INTO switchyard.api_tokens (name, token_hash, scopes, expires_at)
     VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
     ON CONFLICT (name) DO NOTHING`,
    [name, hashToken(token), scopes, lifetimeMs ?? null],
  );
  return rowCount === 1 ? token : undefined;
}

export async function listTokens(pool: Pool): Promise<TokenRecord[]> {
  const { rows } = await pool.query<TokenRecord>(
    `SELECT name, scopes, created_at, expires_at, revoked_at, last_used_at
       FROM switchyard.api_tokens ORDER BY created_at, id`,
  );
  return rows;
}

/** Answers whether there is such a token; one that was revoked before stays as it was. */
export async function revokeToken(pool: Pick<Pool, 'query'>, name: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE switchyard.api_tokens SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE name = $1`,
    [name],
  );
  return rowCount === 1;
}
