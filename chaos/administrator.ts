import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The login that all roles share, which owns the database and may do no more than that. */
const account = { name: 'switchyard_app', password: 'chaos' };

export const databaseUrlAt = (port: number): string =>
  `postgres://${account.name}:${account.password}@127.0.0.1:${port}/switchyard`;

/** For the users and the checks: faults of the roles' login do not affect it. */
export const usersUrlAt = (port: number): string => `postgres://postgres@127.0.0.1:${port}/switchyard`;

/** Gives the database to the login of the roles, whom Postgres asks for a password from now on. */
export async function provideAccount(port: number): Promise<void> {
  const [{ rules = '' } = {}] = await administer(port, [`SELECT current_setting('hba_file') AS rules`]);
  const asked = `host all ${account.name} 127.0.0.1/32 scram-sha-256\n`;
  await writeFile(rules, asked + (await readFile(rules, 'utf8')));
  await administer(port, [
    `CREATE ROLE ${account.name} LOGIN PASSWORD '${account.password}'`,
    `ALTER DATABASE switchyard OWNER TO ${account.name}`,
    'SELECT pg_reload_conf()',
  ]);
}

/** As PgBouncer wants to have it. */
export const userList = `"${account.name}" "${account.password}"\n`;

/** Sessions keep what they began with: whoever is to notice the change must begin one. */
const endSessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${account.name}'`;
const change = (what: string) => `ALTER ROLE ${account.name} ${what}`;

/** Each fault of the roles' login, and how it is undone. */
const disturbances = {
  'read-only': [
    change('IN DATABASE switchyard SET default_transaction_read_only = on'),
    change('IN DATABASE switchyard RESET default_transaction_read_only'),
  ],
  'other password': [change(`PASSWORD 'rotated'`), change(`PASSWORD '${account.password}'`)],
  'no login': [change('NOLOGIN'), change('LOGIN')],
  'no connections': [change('CONNECTION LIMIT 0'), change('CONNECTION LIMIT -1')],
} as const;

export type DatabaseFault = keyof typeof disturbances | 'canceled statements';

export async function disturbDatabase(
  port: number,
  kind: DatabaseFault,
  over: () => Promise<void>,
): Promise<void> {
  if (kind === 'canceled statements') return cancelStatements(port, over);
  const [begin, end] = disturbances[kind];
  await administer(port, [begin, endSessions]);
  await over();
  await administer(port, [end, endSessions]);
}

/** Nobody may connect to the database meanwhile, and who is connected is cut off. */
export async function closeDatabase(port: number, name: string, over: () => Promise<void>): Promise<void> {
  const database = pg.escapeIdentifier(name);
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${pg.escapeLiteral(name)}`;
  await administer(port, [`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS false`, end]);
  await over();
  await administer(port, [`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true`]);
}

/** A standby can be written to from now on. */
export async function promote(port: number): Promise<void> {
  await administer(port, ['SELECT pg_promote()']);
}

/** A `statement_timeout` of the login would not do: our sessions set their own. */
const cancelStatement = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = '${account.name}' AND state = 'active'`;
const cancelEveryMs = 2;

async function cancelStatements(port: number, over: () => Promise<void>): Promise<void> {
  await withAdministrator(port, async (client) => {
    let isOver = false;
    const end = over().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await client.query(cancelStatement);
      await sleep(cancelEveryMs);
    }
    await end;
  });
}

/** Answers the rows of the last statement. */
function administer(port: number, statements: readonly string[]): Promise<Record<string, string>[]> {
  return withAdministrator(port, async (client) => {
    let rows: Record<string, string>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, string>>(statement));
    return rows;
  });
}

/** From another database, whose sessions nobody ends. */
async function withAdministrator<T>(port: number, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
