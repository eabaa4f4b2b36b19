import type { Client } from '@temporalio/client';
import pg from 'pg';
import type { Pool } from './database.ts';
import { describeTrouble } from './database-errors.ts';
import { systemErrorCode } from './errors.ts';
import { type HealthCheck, NotReady } from './health.ts';

/** Whether the database can be reached and takes writes: a standby, and one that is set read-only, does not. */
export const postgresCheck = (pool: Pool): HealthCheck => ({
  name: 'postgres',
  check: async () => {
    const why = await whyReadOnly(pool).catch((error: unknown) => {
      throw systemErrorCode(error) === undefined || error instanceof pg.DatabaseError
        ? new NotReady(describeTrouble(error))
        : error;
    });
    if (why !== undefined) throw new NotReady(why);
  },
});

/** A connection that takes no writes is given up: the next one may lead to another server, or to another default. */
async function whyReadOnly(pool: Pool): Promise<string | undefined> {
  const client = await pool.connect();
  let giveUp = true;
  try {
    const { rows } = await client.query<{ standby: boolean; read_only: boolean }>(recoveryState);
    giveUp = rows[0]?.read_only !== false;
    if (rows[0]?.standby) return 'the database is a standby and takes no writes';
    return giveUp ? 'the database is read-only' : undefined;
  } finally {
    client.release(giveUp);
  }
}

const recoveryState = `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS read_only`;

export const temporalCheck = (client: Client): HealthCheck => ({
  name: 'temporal',
  check: async () =>
    void (await client.withDeadline(Date.now() + 2_000, () => client.workflowService.getSystemInfo({}))),
});
