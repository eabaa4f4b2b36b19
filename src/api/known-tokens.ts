import type { Pool } from '../platform/database.ts';
import { hashToken, looksLikeToken, type TokenScope } from './tokens.ts';

/** How long what the database said of all tokens is believed: a revoke holds within it. */
const believedMs = 5_000;
/** A token that is not known may be a new one; the database is asked again, but by guessers not more often than this. */
const askAgainMs = 1_000;
const noteUseEveryMs = 60 * 60 * 1000;

/** A token that may be used now. */
export interface UsableToken {
  id: string;
  name: string;
  scopes: readonly TokenScope[];
}

interface TokenRow {
  id: string;
  name: string;
  hash: string;
  scopes: TokenScope[];
  usable: boolean;
}

interface TokenList {
  /** Whether there is any token, usable or not. */
  any: boolean;
  byHash: ReadonlyMap<string, UsableToken>;
}

/**
 * The usable tokens, read from the database at most every few seconds. A request costs one SHA-256 and a look-up by hash,
 * whose time reveals nothing about the token; a wrong one costs no more, and at most one query a second reaches the database.
 */
export class KnownTokens {
  readonly #pool: Pool;
  readonly #now: () => number;
  readonly #noted = new Map<string, number>();
  #list: Promise<TokenList> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool, now: () => number = () => performance.now()) {
    this.#pool = pool;
    this.#now = now;
  }

  /** Whether there is a token at all. One that is revoked or expired counts: its end must not open the API to everybody. */
  async any(): Promise<boolean> {
    return (await this.#latest(believedMs)).any;
  }

  /** Whether somebody can come in with a token. */
  async anyUsable(): Promise<boolean> {
    return (await this.#latest(believedMs)).byHash.size > 0;
  }

  async find(token: string): Promise<UsableToken | undefined> {
    if (!looksLikeToken(token)) return undefined;
    const hash = hashToken(token).toString('hex');
    const known = (await this.#latest(believedMs)).byHash.get(hash);
    return known ?? (await this.#latest(askAgainMs)).byHash.get(hash);
  }

  /** Writes down that the token is in use, to the hour. */
  async noteUse({ id }: UsableToken): Promise<void> {
    const now = this.#now();
    if (now - (this.#noted.get(id) ?? Number.NEGATIVE_INFINITY) < noteUseEveryMs) return;
    this.#noted.set(id, now);
    await this.#pool.query(
      `UPDATE switchyard.api_tokens SET last_used_at = clock_timestamp()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 hour')`,
      [id],
    );
  }

  /** What the database says, or said no longer ago than `ageMs`. All who wait ask once. */
  #latest(ageMs: number): Promise<TokenList> {
    const now = this.#now();
    if (this.#list !== undefined && now - this.#askedAt < ageMs) return this.#list;
    this.#askedAt = now;
    const list = this.#ask();
    this.#list = list;
    list.catch(() => {
      if (this.#list === list) this.#list = undefined;
    });
    return list;
  }

  async #ask(): Promise<TokenList> {
    const { rows } = await this.#pool.query<TokenRow>(
      `SELECT id, name, encode(token_hash, 'hex') AS hash, scopes,
              revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) AS usable
         FROM switchyard.api_tokens`,
    );
    const usable = rows.filter((row) => row.usable);
    return { any: rows.length > 0, byHash: new Map(usable.map((row) => [row.hash, row])) };
  }
}
