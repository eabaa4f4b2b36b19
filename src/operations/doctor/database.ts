import { isDatabaseError, sentenceOf } from '../../platform/database-errors.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import type { Finding } from '../views.ts';
import type { Check, Gate } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';
import { within } from './within.ts';

/** Whether a connection can be made and answers. */
export const databaseAnswers: Gate = {
  name: 'the connection to the database',
  needs: [],
  opens: 'database',
  async find({ pool, limits }) {
    const late = () => new Error(`no answer within ${spanOf(limits.checkMs)}`);
    // Before the limit of the check itself, so that this is what is found.
    return within(limits.checkMs * 0.9, pool.query('SELECT 1'), late).then(
      () => [],
      (error: unknown) => [unreached(error)],
    );
  },
};

function unreached(error: unknown): Finding {
  const subject = 'DATABASE_URL';
  const sqlState = isDatabaseError(error) ? (error.code ?? '') : '';
  const said = isDatabaseError(error)
    ? sentenceOf(error)
    : (systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error)));
  if (/^(28|3D|42501)/.test(sqlState))
    return found(
      'DATABASE_LOGIN_REFUSED',
      subject,
      `the database refuses the login: ${said}`,
      'Correct user, password and database in DATABASE_URL, or pg_hba.conf, or GRANT CONNECT ON DATABASE … TO ….',
    );
  if (sqlState === '53300')
    return found(
      'DATABASE_FULL',
      subject,
      `the database has no connection left: ${said}`,
      'End sessions that are not needed, lower DATABASE_POOL_SIZE, raise max_connections, or put a pooler in between.',
    );
  return found(
    'DATABASE_AWAY',
    subject,
    `the database cannot be reached: ${said}`,
    'Is Postgres running, and is DATABASE_URL its address? Processes go on by themselves when it is back.',
  );
}

/** Whether the server takes writes, and is not too old. */
export const databaseServer: Check = {
  name: 'the kind of the database server',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{
      standby: boolean;
      read_only: boolean;
      number: number;
      version: string;
    }>(serverQuery);
    return rows.flatMap(({ standby, read_only, number, version }) => [
      ...(read_only ? [readOnly(standby)] : []),
      ...(number < limits.postgresVersion
        ? [
            found(
              'POSTGRES_TOO_OLD',
              'the database server',
              `it is Postgres ${version}; Switchyard needs ${Math.floor(limits.postgresVersion / 10_000)} or later`,
              'Upgrade Postgres.',
            ),
          ]
        : []),
    ]);
  },
};

const readOnly = (standby: boolean): Finding =>
  found(
    'DATABASE_READ_ONLY',
    'DATABASE_URL',
    standby
      ? 'the database is a standby and takes no writes'
      : 'the database takes no writes from this role: its transactions are read-only',
    standby
      ? 'Let DATABASE_URL lead to the primary; with several hosts, add target_session_attrs=read-write.'
      : 'ALTER DATABASE … (or ALTER ROLE …) RESET default_transaction_read_only.',
  );

const serverQuery = `
  SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS read_only,
         current_setting('server_version_num')::integer AS number, current_setting('server_version') AS version`;
