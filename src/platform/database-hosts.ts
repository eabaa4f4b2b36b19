import pg from 'pg';
import type { DatabaseAddress } from './database-address.ts';
import { systemErrorCode } from './errors.ts';

/** Less than a pool waits for a connection. */
const answerWithinMs = 4_000;

/** None of the hosts of an address can be written to now; another one may be promoted at any time. */
class NoWritableHostError extends Error {
  override readonly name = 'NoWritableHostError';
}

/**
 * The host of an address that can be written to. All are asked side by side, at each connection, so that one which is gone holds
 * nobody up and a failover is followed.
 * @throws {NoWritableHostError} naming each host and why it is not
 */
export async function chooseHost({ hosts, wants }: DatabaseAddress): Promise<{ host: string; port: number }> {
  try {
    return await Promise.any(hosts.map((address) => ask(address, wants)));
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors : [error];
    throw new NoWritableHostError(
      `none of the database's hosts can be written to: ${reasons.map(messageOf).join('; ')}`,
      { cause: reasons[0] },
    );
  }
}

async function ask(
  address: string,
  wants: DatabaseAddress['wants'],
): Promise<{ host: string; port: number }> {
  const client = new pg.Client({
    connectionString: address,
    application_name: 'switchyard looks for the primary',
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
  });
  client.on('error', () => undefined); // told by connect and query as well
  const { host, port } = client;
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean; read_only: string }>(
      `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only') AS read_only`,
    );
    if (rows[0]?.standby !== false) throw new Error('is a standby');
    if (wants === 'read-write' && rows[0].read_only !== 'off') throw new Error('is read-only');
    return { host, port };
  } catch (error) {
    throw new Error(`${host}:${port} ${systemErrorCode(error) ?? messageOf(error)}`, { cause: error });
  } finally {
    // Not waited for: a peer that vanished would not let go.
    client.end().catch(() => undefined);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
