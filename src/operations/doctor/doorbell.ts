import type { Pool } from '../../platform/database.ts';
import { DatabaseClient } from '../../platform/database-client.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { within } from './within.ts';

/** Whether the address leads through a pooler that drops notifications, and whether the direct address leads to the same database. */
export const doorbell: Check = {
  name: 'the way of notifications',
  needs: ['schema'],
  async find({ pool, settings, limits }) {
    if (settings.doorbell === 'off') return [];
    const direct = settings.databaseDirectUrl;
    const client = new DatabaseClient({
      connectionString: direct ?? settings.databaseUrl,
      applicationName: `switchyard doctor ${settings.workerId}`,
      statementTimeoutMs: limits.checkMs,
    });
    try {
      await client.connect();
    } catch (error) {
      if (direct === undefined) throw error;
      return [directAway(error)];
    }
    try {
      if (client.pooled) return [pooled(direct)];
      if (direct !== undefined && (await identityOf(client)) !== (await identityOf(pool))) return [elsewhere];
      return (await hears(client, pool, limits.checkMs / 2)) ? [] : [unheard];
    } finally {
      void client.end().catch(() => undefined);
    }
  },
};

const directAway = (error: unknown): Finding =>
  found(
    'DIRECT_URL_AWAY',
    'DATABASE_DIRECT_URL',
    `its database cannot be reached, so new rows wake no starter: ${systemErrorCode(error) ?? String(error)}`,
    'Correct DATABASE_DIRECT_URL, or let the connection through. Rows are found by polling meanwhile.',
  );

const pooled = (direct: string | undefined): Finding =>
  found(
    'POOLER_WITHOUT_DIRECT_URL',
    direct === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL',
    'it leads through a connection pooler, where notifications may be lost: rows are found by polling, every POLL_INTERVAL at the latest',
    'Set DATABASE_DIRECT_URL to the address of Postgres itself, or DOORBELL=off.',
  );

const elsewhere = found(
  'DIRECT_URL_ELSEWHERE',
  'DATABASE_DIRECT_URL',
  'it leads to another database than DATABASE_URL',
  'Let both lead to the same database.',
);

const unheard = found(
  'NOTIFY_UNHEARD',
  'the doorbell',
  'a notification that was sent on one connection was not heard on another: rows are found by polling alone',
  'Look for what stands between the processes and Postgres, and set DATABASE_DIRECT_URL past it.',
);

const identityOf = async (
  db: Pick<DatabaseClient, 'query'> | Pick<Pool, 'query'>,
): Promise<string | undefined> => {
  const { rows } = await db.query<{ id: string }>('SELECT id::text AS id FROM switchyard.database_identity');
  return rows[0]?.id;
};

/** Listens as a starter does, and rings as a writer does. */
async function hears(listener: DatabaseClient, writer: Pick<Pool, 'query'>, ms: number): Promise<boolean> {
  const channel = 'switchyard_doctor';
  const heard = new Promise<true>((done) => listener.once('notification', () => done(true)));
  await listener.query(`LISTEN ${channel}`);
  await writer.query('SELECT pg_notify($1, $2)', [channel, '']);
  return within(ms, heard, () => new Error('unheard')).catch(() => false);
}
