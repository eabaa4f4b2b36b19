import type { Check } from './check.ts';
import { found } from './codes.ts';
import type { InspectedQueue } from './queues.ts';

/** Whether connections run out, of the server, of the database or of the role. */
export const connections: Check = {
  name: 'connections',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ subject: string; used: number; most: number; way_out: string }>(
      connectionsQuery,
      [limits.connections],
    );
    return rows.map(({ subject, used, most, way_out }) =>
      found(
        'CONNECTIONS_NEAR_LIMIT',
        subject,
        `${used} of ${most} connections are in use`,
        `End sessions that are not needed, lower DATABASE_POOL_SIZE, put a pooler in between, or raise ${way_out}.`,
      ),
    );
  },
};

/** $1 share. */
const connectionsQuery = `
  WITH session AS (SELECT datname, usename FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL)
  SELECT * FROM (
    SELECT 'the database server' AS subject, (SELECT count(*)::integer FROM session) AS used,
           (SELECT sum(CASE name WHEN 'max_connections' THEN setting::integer ELSE -setting::integer END)::integer
              FROM pg_catalog.pg_settings
             WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')) AS most,
           'max_connections' AS way_out
    UNION ALL
    SELECT 'database ' || datname, (SELECT count(*)::integer FROM session WHERE session.datname = database.datname), datconnlimit,
           'its limit: ALTER DATABASE … CONNECTION LIMIT …'
      FROM pg_catalog.pg_database AS database WHERE datname = current_database() AND datconnlimit > 0
    UNION ALL
    SELECT 'role ' || rolname, (SELECT count(*)::integer FROM session WHERE usename = rolname), rolconnlimit,
           'its limit: ALTER ROLE … CONNECTION LIMIT …'
      FROM pg_catalog.pg_roles WHERE rolconnlimit > 0 AND rolname IN (SELECT usename FROM session WHERE datname = current_database())
  ) AS pool
   WHERE used >= $1::double precision * most
   ORDER BY subject`;

/** Whether a listener that does not listen lets the queue of notifications fill up. */
export const notifyQueue: Check = {
  name: 'the queue of notifications',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ share: number }>('SELECT pg_notification_queue_usage() AS share');
    const share = rows[0]?.share ?? 0;
    if (share <= limits.notifyQueue) return [];
    return [
      found(
        'NOTIFY_QUEUE_FILLING',
        'the queue of notifications',
        `it is filled to ${(share * 100).toFixed(1)} %: when it is full, COMMITs that NOTIFY fail, inserts of jobs among them`,
        'A session that has called LISTEN is in an open transaction: end it. IDLE_IN_TRANSACTION and OLD_SNAPSHOT name such sessions.',
      ),
    ];
  },
};

/** Sequences whose ids, or the type of whose column, come to an end. */
export const sequences: Check = {
  name: 'the ids of sequences',
  needs: ['queues'],
  async find({ pool, queues, limits }) {
    const { rows } = await pool.query<{ sequence: string; owner: string | null; last: string; most: string }>(
      sequencesQuery,
      [limits.ids, tablesOf(queues)],
    );
    return rows.map(({ sequence, owner, last, most }) =>
      found(
        'IDS_NEAR_END',
        `sequence ${sequence}`,
        `it has come to ${last} of ${most}${owner === null ? '' : `, which is what ${owner} can hold`}: then inserts fail`,
        'Let the column be a bigint (ALTER TABLE … ALTER COLUMN … TYPE bigint, which rewrites the table), and the sequence too.',
      ),
    );
  },
};

const tablesOf = (queues: readonly InspectedQueue[]): string[] =>
  queues.flatMap(({ table, source }) => [table, ...(source === null ? [] : [source])]);

/** $1 share, $2 tables. Of a sequence that this role may not read, the last value is NULL. */
const sequencesQuery = `
  SELECT format('%I.%I', known.schemaname, known.sequencename) AS sequence, owner.name AS owner, last_value::text AS last, most::text AS most
    FROM pg_catalog.pg_sequences AS known
    JOIN pg_catalog.pg_class AS sequence ON sequence.oid = to_regclass(format('%I.%I', known.schemaname, known.sequencename))
    LEFT JOIN LATERAL (
      SELECT attrelid, format('%s.%I', attrelid::regclass, attname) AS name,
             CASE atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END AS holds
        FROM pg_catalog.pg_depend JOIN pg_catalog.pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
       WHERE classid = 'pg_class'::regclass AND objid = sequence.oid AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
       LIMIT 1) AS owner ON true,
         LATERAL (SELECT least(known.max_value, owner.holds)) AS end_of (most)
   WHERE NOT known.cycle AND last_value > $1::double precision * most
     AND (known.schemaname IN ('switchyard', 'switchyard_jobs') OR owner.attrelid IN (SELECT to_regclass(name) FROM unnest($2::text[]) AS name))
   ORDER BY 1
   LIMIT 10`;

/** Whether the history grows for ever. */
export const eventsKept: Check = {
  name: 'the events that are kept',
  needs: ['schema'],
  async find({ pool, settings, limits }) {
    if (settings.retentionEventsDays > 0) return [];
    const { rows } = await pool.query<{ events: string }>(eventsQuery, [limits.events]);
    return rows.map(({ events }) =>
      found(
        'EVENTS_KEPT_FOR_EVER',
        'switchyard.job_events',
        `it has about ${events} rows, and nothing removes any`,
        'Set RETENTION_EVENTS_DAYS for the workers (here it is 0: for ever).',
      ),
    );
  },
};

/** $1 how many. An estimate: the last VACUUM or ANALYZE counted. */
const eventsQuery = `
  SELECT reltuples::bigint::text AS events
    FROM pg_catalog.pg_class WHERE oid = to_regclass('switchyard.job_events') AND reltuples > $1`;
