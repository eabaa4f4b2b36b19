import pg from 'pg';
import { pino } from 'pino';
import { systemErrorCode } from './errors.ts';

/** Whether a statement was given up (`query_timeout`), whoever tells it: nothing more can be asked on its connection. */
export const isUnanswered = (error: unknown): error is Error =>
  error instanceof Error && (error.message === 'Query read timeout' || isUnanswered(error.cause));

/** Whether the server takes no writes. After a failover that is the old primary: its connections must be given up. */
export const isReadOnly = (error: unknown): error is Error =>
  error instanceof pg.DatabaseError && error.code === '25006';

export const isDatabaseError = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError;

/** Whether a unique index refuses the row. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505';

/** A table that is not there, or no longer. */
export const isUndefinedTable = (error: unknown): boolean => isDatabaseError(error) && error.code === '42P01';

/** What a check refuses, or a trigger in its place; `undefined` for any other error. The message holds no value of the row. */
export const checkViolation = (error: unknown): { constraint: string; message: string } | undefined =>
  error instanceof pg.DatabaseError && error.code === '23514'
    ? { constraint: error.constraint ?? '', message: error.message }
    : undefined;

/** What a trigger or function of the application says with `RAISE EXCEPTION`; `undefined` for any other error. */
export const raisedBy = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError && error.code === 'P0001' ? error.message : undefined;

/**
 * What an error of the database is about:
 * - `row`: the values that were to be written; the same values are refused again.
 * - `statement`: a right, table or column that it needs. A migration or GRANT may be under way, or never come.
 * - `database`: the server or the way to it. The same statement may succeed later.
 * - `program`: a mistake in the code, which another try only repeats.
 */
export type ErrorSubject = 'row' | 'statement' | 'database' | 'program';

const mistakes = [TypeError, ReferenceError, RangeError, SyntaxError];

/** Data, constraints, limits of size, and what functions and triggers raise about them. */
const rowClasses = new Set('09 0F 0Z 10 20 21 22 23 24 27 2D 2F 34 38 39 44 54 P0'.split(' '));
/** Features, grants, roles, schemas, and all of "syntax error or access rule violation". */
const statementClasses = new Set('03 0A 0L 0P 2B 3F 42'.split(' '));
/** Connections, logins, transactions, resources, operators, the system. */
const databaseClasses = new Set('08 0B 25 26 28 3B 3D 40 53 55 57 58 72 F0 HV XX'.split(' '));

/**
 * Goes by the class of the SQLSTATE. An error without one came from the connection. A class that Postgres does not have is one
 * that a function or trigger of an application made up.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function subjectOf(error: unknown): ErrorSubject {
  if (mistakes.some((mistake) => error instanceof mistake)) return 'program';
  if (!(error instanceof pg.DatabaseError) || isOfConnection(error)) return 'database';
  const sqlState = error.code ?? '';
  const sqlClass = sqlState.slice(0, 2);
  // Functions in C, Python and JavaScript raise all their errors so; `where` tells these from a fault of the server.
  if (sqlState === 'XX000' && error.where !== undefined) return 'statement';
  if (databaseClasses.has(sqlClass)) return 'database';
  if (statementClasses.has(sqlClass)) return 'statement';
  return rowClasses.has(sqlClass) || error.where !== undefined ? 'row' : 'database';
}

/** A connection that the server refuses or ends, whatever the code: CONNECT that was revoked has that of a missing right. */
const isOfConnection = ({ severity }: pg.DatabaseError) => severity === 'FATAL' || severity === 'PANIC';

/** Whether the failure lies outside of the row and of the program, so that the same may succeed later. */
export const isDatabaseTrouble = (error: unknown): boolean =>
  ['database', 'statement'].includes(subjectOf(error));

/** In the order in which they are looked for. */
const troubles: readonly (readonly [prefix: string, words: string])[] = [
  ['08', 'the connection to the database broke'],
  ['25006', 'the database is read-only'],
  ['28', 'the database refuses the login'],
  ['3D', 'the database does not exist'],
  ['40', 'the transaction lost a race with another one'],
  ['42501', 'a right on the database is missing'],
  ['42', 'the database lacks a table, column or function; or it is being migrated'],
  ['53100', 'the disk of the database is full'],
  ['53300', 'the database has no connection left'],
  ['53', 'the database is short of resources'],
  ['55P03', 'a lock was not free in time'],
  ['57014', 'the database canceled the statement: statement_timeout, or an administrator'],
  ['57P', 'the database is shutting down or starting'],
];

/** The failure in a few words that anybody may read: they hold no name, no address and no value. */
export function describeTrouble(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) {
    const code = systemErrorCode(error);
    return `the database cannot be reached${code === undefined ? '' : ` (${code})`}`;
  }
  const sqlState = error.code ?? '';
  const words = troubles.find(([prefix]) => sqlState.startsWith(prefix))?.[1];
  return `${words ?? 'the database cannot run the statement'} (SQLSTATE ${sqlState})`;
}

/** Values stand in quotes, of whatever language the server speaks. */
const quoted = /"[^"]*"|«[^»]*»|„[^“”]*[“”]|“[^”]*”/gu;
export const withoutValues = (text: string) => text.replace(quoted, '"…"');
const isAboutValue = ({ code }: pg.DatabaseError) => code?.startsWith('22') === true;

/** What of an error shows a row: DETAIL has its values, the others may have them in statements. */
const revealing = ['detail', 'where', 'internalQuery'];

/** For the log: an error as pino writes it, without values of a row. What libraries give in its place (a text) is its message. */
export function serializeError(error: unknown): object {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const told: Record<string, unknown> = { ...pino.stdSerializers.err(error as Error) };
  if (!(error instanceof pg.DatabaseError)) return told;
  for (const name of revealing) delete told[name];
  if (!isAboutValue(error)) return told;
  const { message, stack } = told;
  return { ...told, message: withoutValues(String(message)), stack: withoutValues(String(stack)) };
}

/**
 * The database's own sentence with its SQLSTATE, fit for a row. Without DETAIL, which shows the row; and where the sentence is
 * about a value, without what it quotes.
 */
export function sentenceOf(error: pg.DatabaseError): string {
  return `${isAboutValue(error) ? withoutValues(error.message) : error.message} (SQLSTATE ${error.code})`;
}
