import pg from 'pg';
import { readDatabaseAddress } from './database-address.ts';
import { chooseHost } from './database-hosts.ts';
import { databaseTypes } from './database-types.ts';
import { prepareStatements } from './prepared-statements.ts';

/** How long Postgres may take to answer while a connection is made. */
const connectWithinMs = 5_000;

export interface ConnectionOptions {
  connectionString: string;
  applicationName: string;
  /** How long a transaction may say nothing before the server ends its connection; 0: for ever. */
  idleInTransactionMs?: number;
  /**
   * How long a statement may take before its connection counts as lost; left out: for ever. Keepalives find no peer that
   * vanished with a statement on its way: the system repeats that for a quarter of an hour.
   */
  statementTimeoutMs?: number;
  /** How long a statement may wait for a lock; left out: for ever. */
  lockTimeoutMs?: number;
  /**
   * Whether statements that are sent again are prepared; left out: none is. Never through a pooler: its server connections are others
   * after each transaction, and only newer ones of them take prepared statements along.
   */
  prepares?: boolean;
}

/**
 * What a session needs for our statements to mean the same everywhere, whatever ALTER ROLE and ALTER DATABASE say. Left to them:
 * `search_path` and `TimeZone`, which triggers of the application may rely on and our statements do not; and
 * `default_transaction_read_only`, by which an operator keeps everybody from writing, and `row_security`.
 */
const sessionSettings = ({
  idleInTransactionMs = 15_000,
  statementTimeoutMs,
  lockTimeoutMs = 0,
}: ConnectionOptions) => ({
  default_transaction_isolation: 'read committed',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  lock_timeout: String(lockTimeoutMs),
  // Later than the client gives up: it ends what a client that vanished has left.
  statement_timeout: String(statementTimeoutMs === undefined ? 0 : statementTimeoutMs + 5_000),
  idle_in_transaction_session_timeout: String(idleInTransactionMs),
});

/** The same for one's own connection alone: of the server to which a pooler connects, the pooler knows better. */
const ownSettings = {
  idle_session_timeout: '0',
  transaction_timeout: '0',
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
};

/** Settings that reach a server through poolers too, as PgBouncer keeps those of each client. */
const startupSettings = { DateStyle: 'ISO, MDY', standard_conforming_strings: 'on' };

/** Not every version has each of them. A pooler answers with a process id of its own, and its connections keep no settings. */
const settle = `
  SELECT pg_catalog.set_config(wanted.key, wanted.value, false)
    FROM pg_catalog.json_each_text($1) AS wanted JOIN pg_catalog.pg_settings AS known ON known.name = wanted.key
   WHERE pg_catalog.pg_backend_pid() = $2::integer`;

type ConnectCallback = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

/** What breaks a connection fails the statement at hand, or the next one; without a listener it would end the process. */
const toldByStatement = () => undefined;

/**
 * A connection to the host that can be written to, with the settings that our statements rely on. All connections are made here.
 * It has short keepalives and an idle-in-transaction limit, so that a frozen or vanished host cannot hold row locks for long.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
 */
export class DatabaseClient extends pg.Client {
  /** Whether a pooler such as PgBouncer stands between, so that the session may be another one after each transaction. */
  pooled = false;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    const address = readDatabaseAddress(options.connectionString);
    super({
      connectionString: address?.hosts[0] ?? options.connectionString,
      application_name: options.applicationName,
      types: databaseTypes,
      connectionTimeoutMillis: connectWithinMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      ...(options.statementTimeoutMs !== undefined && { query_timeout: options.statementTimeoutMs }),
    });
    this.#options = options;
    this.on('error', toldByStatement);
    if (options.prepares) prepareStatements(this, () => !this.pooled);
  }

  /** The statements that begin a transaction: READ COMMITTED sees, after it has waited for a lock, what the other one did. */
  get begin(): string {
    const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';
    if (!this.pooled) return begin;
    const local = Object.entries(sessionSettings(this.#options)).map(
      ([name, value]) => `SET LOCAL ${name} = ${pg.escapeLiteral(value)}`,
    );
    return [begin, ...local].join('; ');
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
    const connected = this.#connect();
    if (callback === undefined) return connected;
    const call = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => call(null, client), call);
    return undefined;
  }

  /** The server's process, by which a statement can be canceled; `undefined` behind a pooler. */
  get backendId(): number | undefined {
    return this.pooled ? undefined : this.#processId;
  }

  /** What `pg` sends first, and has no option for. */
  getStartupConf(): Record<string, string> {
    const client = pg.Client.prototype as unknown as { getStartupConf(): Record<string, string> };
    return { ...client.getStartupConf.call(this), ...startupSettings };
  }

  async #connect(): Promise<pg.Client> {
    const address = readDatabaseAddress(this.#options.connectionString);
    if (address?.wants !== undefined) Object.assign(this, await chooseHost(address));
    try {
      await super.connect();
      this.pooled = !(await this.#settle());
      return this;
    } catch (error) {
      this.end().catch(() => undefined);
      throw error;
    }
  }

  /** What the other side names as its process: the server's, or one that a pooler made up. */
  get #processId(): number {
    return (this as unknown as { processID: number }).processID;
  }

  async #settle(): Promise<boolean> {
    const wanted = { ...sessionSettings(this.#options), ...ownSettings };
    const query = { text: settle, query_timeout: connectWithinMs };
    const { rowCount } = await this.query({ ...query, values: [JSON.stringify(wanted), this.#processId] });
    return rowCount !== 0;
  }
}
