import { createHash } from 'node:crypto';
import pg from 'pg';

/** A statement is prepared when its connection sends it for the second time. */
const sentBefore = 1;
/** A prepared statement takes some ten kilobytes of the server's memory for as long as its connection lives. */
const mostPrepared = 100;
/** So many texts are told apart on one connection; what comes after them is never prepared. */
const mostKnown = 500;
/** A prepared statement fails when its columns have changed, as those of `*` do when an application alters its table. */
const readsAllColumns = /\*\s*(,|FROM\b)/i;

type Query = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Makes the connection send a statement with parameters under a name from its second time on, so that the server parses it once, and
 * plans it once where one plan serves all values. Not while `mayPrepare` answers `false`. Text and values are the caller's, and so is the
 * answer. https://www.postgresql.org/docs/current/sql-prepare.html
 */
export function prepareStatements(client: pg.Client, mayPrepare: () => boolean): void {
  const names = new StatementNames();
  const query: Query = function (this: unknown, text, values, ...rest) {
    const send = pg.Client.prototype.query as unknown as Query;
    if (typeof text !== 'string' || !Array.isArray(values) || !mayPrepare())
      return send.call(client, text, values, ...rest);
    const name = names.nameOf(text);
    return send.call(client, name === undefined ? text : { name, text }, values, ...rest);
  };
  Object.assign(client, { query });
}

/** What one connection has sent. */
class StatementNames {
  readonly #sent = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** The name to send it under this time; `undefined`: without one. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= mostPrepared || readsAllColumns.test(text)) return known;
    const sent = this.#sent.get(text) ?? 0;
    if (sent < sentBefore) {
      if (this.#sent.size < mostKnown) this.#sent.set(text, sent + 1);
      return undefined;
    }
    const name = `switchyard ${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    this.#sent.delete(text);
    this.#names.set(text, name);
    return name;
  }
}

/** Whether a prepared statement no longer fits its table, which was altered: another connection prepares it anew. */
export const isOutdatedPlan = (error: unknown): error is Error =>
  error instanceof pg.DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery';
