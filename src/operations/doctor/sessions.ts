import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';

interface Session {
  pid: number;
  application: string;
  role: string;
  state: string;
  ms: number;
}

/** Open transactions that keep dead entries of the claim indexes, or hold locks. */
export const openTransactions: Check = {
  name: 'transactions that are open for long',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<Session>(transactionsQuery, [limits.transactionMs]);
    return rows.map((session) => {
      const idle = session.state.startsWith('idle in transaction');
      return found(
        idle ? 'IDLE_IN_TRANSACTION' : 'OLD_SNAPSHOT',
        nameOf(session),
        `its transaction is open for ${spanOf(session.ms)} (${session.state}): Postgres keeps all rows that died since, and claims step over them`,
        `Let it end, or SELECT pg_terminate_backend(${session.pid}).`,
      );
    });
  },
};

const nameOf = ({ pid, application, role }: Omit<Session, 'state' | 'ms'>): string =>
  `session ${pid} (${application || 'no application name'}, role ${role})`;

/** $1 milliseconds. */
const transactionsQuery = `
  SELECT pid, application_name AS application, usename::text AS role, state,
         (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::double precision AS ms
    FROM pg_catalog.pg_stat_activity
   WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
     AND xact_start < clock_timestamp() - $1 * interval '1 millisecond'
     AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL OR state LIKE 'idle in transaction%')
   ORDER BY xact_start
   LIMIT 10`;

/** Whether this role sees what the sessions of other roles do. */
export const hiddenSessions: Check = {
  name: 'the sessions of other roles',
  needs: ['database'],
  async find({ pool }) {
    const { rows } = await pool.query<{ role: string; hidden: number }>(hiddenQuery);
    return rows.flatMap(({ role, hidden }) =>
      hidden === 0
        ? []
        : [
            found(
              'CHECK_NOT_MADE',
              'the sessions of other roles',
              `role ${role} may not see what ${hidden} sessions of other roles do: of these no open transaction and no wait for a lock is told`,
              `GRANT pg_read_all_stats TO "${role}"`,
            ),
          ],
    );
  },
};

/** The type of a session is hidden together with what it does. */
const hiddenQuery = `
  SELECT current_user::text AS role,
         (count(*) FILTER (WHERE backend_type IS NULL))::integer AS hidden
    FROM pg_catalog.pg_stat_activity
   WHERE datname = current_database()`;

/** Transactions that were prepared for a two-phase commit and left. */
export const preparedTransactions: Check = {
  name: 'prepared transactions',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ gid: string; owner: string; ms: number }>(preparedQuery, [
      limits.transactionMs,
    ]);
    return rows.map(({ gid, owner, ms }) =>
      found(
        'PREPARED_TRANSACTION',
        `transaction ${JSON.stringify(gid)}`,
        `it was prepared by ${owner} ${spanOf(ms)} ago and neither committed nor rolled back: it holds its locks, and Postgres keeps all rows that died since`,
        'COMMIT PREPARED or ROLLBACK PREPARED, as its coordinator says.',
      ),
    );
  },
};

/** $1 milliseconds. */
const preparedQuery = `
  SELECT gid, owner::text AS owner, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::double precision AS ms
    FROM pg_catalog.pg_prepared_xacts
   WHERE database = current_database() AND prepared < clock_timestamp() - $1 * interval '1 millisecond'
   ORDER BY prepared
   LIMIT 10`;

/** Replication slots that nobody reads. */
export const replicationSlots: Check = {
  name: 'replication slots',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ slot: string; keeps_rows: boolean }>(slotsQuery, [limits.slotMs]);
    return rows.map(({ slot, keeps_rows }) =>
      found(
        'REPLICATION_SLOT_UNUSED',
        `replication slot ${slot}`,
        `nobody reads it: Postgres keeps all WAL since it was last read${keeps_rows ? ', and rows that died since' : ''}`,
        `Start what reads it, or SELECT pg_drop_replication_slot('${slot}').`,
      ),
    );
  },
};

/** $1 milliseconds. Postgres 17 and later say since when nobody reads a slot. */
const slotsQuery = `
  SELECT slot_name::text AS slot, (xmin IS NOT NULL OR catalog_xmin IS NOT NULL) AS keeps_rows
    FROM pg_catalog.pg_replication_slots AS slot
   WHERE NOT active AND restart_lsn IS NOT NULL AND (database IS NULL OR database = current_database())
     AND coalesce((to_jsonb(slot) ->> 'inactive_since')::timestamptz < clock_timestamp() - $1 * interval '1 millisecond', true)
   ORDER BY slot_name
   LIMIT 10`;

interface Waiting extends Omit<Session, 'state'> {
  blockers: string;
}

/** Sessions that wait for a lock, and for whom. */
export const lockWaits: Check = {
  name: 'waits for locks',
  needs: ['database'],
  async find({ pool, limits }): Promise<Finding[]> {
    const { rows } = await pool.query<Waiting>(waitsQuery, [limits.lockMs]);
    return rows.map((session) =>
      found(
        'LOCK_WAIT',
        nameOf(session),
        `it waits for a lock for ${spanOf(session.ms)}, which is held by ${session.blockers}`,
        'Let that session end, or end it: SELECT pg_terminate_backend(PID).',
      ),
    );
  },
};

/** $1 milliseconds. A prepared transaction that is waited for has the process id 0. */
const waitsQuery = `
  SELECT waiting.pid, waiting.application_name AS application, waiting.usename::text AS role,
         (extract(epoch FROM clock_timestamp() - waiting.query_start) * 1000)::double precision AS ms,
         (SELECT string_agg(DISTINCT coalesce(format('session %s (%s, role %s)', other.pid, other.application_name, other.usename),
                                              'a prepared transaction'), ', ')
            FROM unnest(pg_blocking_pids(waiting.pid)) AS blocker
            LEFT JOIN pg_catalog.pg_stat_activity AS other ON other.pid = blocker) AS blockers
    FROM pg_catalog.pg_stat_activity AS waiting
   WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock' AND waiting.backend_type = 'client backend'
     AND waiting.query_start < clock_timestamp() - $1 * interval '1 millisecond'
     AND cardinality(pg_blocking_pids(waiting.pid)) > 0
   ORDER BY waiting.query_start
   LIMIT 10`;
