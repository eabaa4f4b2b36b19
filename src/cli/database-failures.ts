import pg from 'pg';
import { describeTrouble } from '../platform/database-errors.ts';
import { KnownError, SetupError, systemErrorCode } from '../platform/errors.ts';
import { visible } from './visible.ts';

/** What says that the schema is not there, or is that of an older version. */
const lacks = new Set(['42P01', '42703', '42883', '3F000']);

/** The failure as whoever typed the command should read it; what is no failure of the database stays as it is. */
export function asToldError(error: unknown): unknown {
  if (error instanceof SetupError || error instanceof KnownError) return error;
  if (error instanceof pg.DatabaseError) return new SetupError(sentencesOf(error), { cause: error });
  if (isAboutConnection(error)) return new SetupError(unreached(error), { cause: error });
  return error;
}

function sentencesOf({ code, message, detail, hint }: pg.DatabaseError): string {
  const lines = [
    `${message} (SQLSTATE ${code})`,
    ...(detail === undefined ? [] : [`Detail: ${detail}`]),
    ...(hint === undefined ? [] : [`Hint: ${hint}`]),
    ...(lacks.has(code ?? '') && message.includes('switchyard')
      ? ['The database has no schema of this version of Switchyard; run: switchyard init']
      : []),
  ];
  return lines.map((line) => visible(line, Number.POSITIVE_INFINITY)).join('\n');
}

const isAboutConnection = (error: unknown): error is Error =>
  error instanceof Error &&
  (systemErrorCode(error) !== undefined || /timeout|terminated|connection/i.test(error.message));

const unreached = (error: Error): string =>
  `${describeTrouble(error)}: is DATABASE_URL its address? ${systemErrorCode(error) === undefined ? error.message : ''}`.trim();
