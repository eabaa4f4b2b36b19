import pg from 'pg';
import { Refusal, type RefusalKind } from '../operations/refusal.ts';
import { describeTrouble } from '../platform/database-errors.ts';
import { KnownError, SetupError, systemErrorCode } from '../platform/errors.ts';
import { ExitCode } from './exit-code.ts';
import { visible } from './visible.ts';

/** A failure as whoever typed the command should read it. */
class ToldError extends SetupError {
  override readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, cause: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** What says that the schema is not there, or is that of an older version. */
const lacks = new Set(['42P01', '42703', '42883', '3F000']);

const codeOfRefusal: Record<RefusalKind, ExitCode> = {
  bad: ExitCode.usage,
  missing: ExitCode.missing,
  state: ExitCode.refused,
  unfit: ExitCode.refused,
  slow: ExitCode.failed,
};

/** By SQLSTATE: what the functions of the schema refuse, and rights that are missing. */
const codeOfState: Record<string, ExitCode> = {
  P0002: ExitCode.missing,
  '42704': ExitCode.missing,
  '42710': ExitCode.refused,
  '55000': ExitCode.refused,
  '55006': ExitCode.refused,
  '42501': ExitCode.refused,
  '23514': ExitCode.refused,
};

/** The failure as whoever typed the command should read it; what is no failure of the database stays as it is. */
export function asToldError(error: unknown): unknown {
  if (error instanceof SetupError || error instanceof KnownError) return error;
  if (error instanceof Refusal)
    return new ToldError(oneLine(error.message), codeOfRefusal[error.kind], error);
  if (error instanceof pg.DatabaseError)
    return new ToldError(sentencesOf(error), codeOfState[error.code ?? ''] ?? ExitCode.failed, error);
  if (isAboutConnection(error)) return new ToldError(unreached(error), ExitCode.unreached, error);
  return error;
}

const oneLine = (text: string) => visible(text, Number.POSITIVE_INFINITY);

function sentencesOf({ code, message, detail, hint }: pg.DatabaseError): string {
  const lines = [
    `${message} (SQLSTATE ${code})`,
    ...(detail === undefined ? [] : [`Detail: ${detail}`]),
    ...(hint === undefined ? [] : [`Hint: ${hint}`]),
    ...(lacks.has(code ?? '') && message.includes('switchyard')
      ? ['The database has no schema of this version of Switchyard; run: switchyard init']
      : []),
  ];
  return lines.map(oneLine).join('\n');
}

const isAboutConnection = (error: unknown): error is Error =>
  error instanceof Error &&
  (systemErrorCode(error) !== undefined || /timeout|terminated|connection/i.test(error.message));

const unreached = (error: Error): string =>
  `${describeTrouble(error)}: is DATABASE_URL its address? ${systemErrorCode(error) === undefined ? error.message : ''}`.trim();
