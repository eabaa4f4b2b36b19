import type { Check } from './check.ts';
import { found } from './codes.ts';
import type { InspectedQueue } from './queues.ts';

/** The tables that every job is written to, beside the job tables. */
const ownTables = ['switchyard.job_events', 'switchyard.signals'];
const tablesOf = (queues: readonly InspectedQueue[]): string[] => [
  ...queues.map(({ table }) => table),
  ...ownTables,
];

/** Whether autovacuum clears up, on the server and for each table that jobs are written to. */
export const autovacuum: Check = {
  name: 'autovacuum',
  needs: ['queues'],
  async find({ pool, queues }) {
    const server = await pool.query<{ name: string }>(offOnServer);
    const tables = await pool.query<{ name: string }>(offOnTables, [tablesOf(queues)]);
    const consequence = 'dead entries stay in the indexes, and each claim steps over them';
    return [
      ...server.rows.map(({ name }) =>
        found(
          'AUTOVACUUM_OFF',
          'the database server',
          `its setting ${name} is off: ${consequence}`,
          `Set ${name} to on.`,
        ),
      ),
      ...tables.rows.map(({ name }) =>
        found(
          'AUTOVACUUM_OFF',
          `table ${name}`,
          `autovacuum is turned off for it: ${consequence}`,
          `ALTER TABLE ${name} RESET (autovacuum_enabled)`,
        ),
      ),
    ];
  },
};

const offOnServer = `
  SELECT name FROM pg_catalog.pg_settings WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off' ORDER BY name`;

/** $1 tables. */
const offOnTables = `
  SELECT name
    FROM unnest($1::text[]) AS name JOIN pg_catalog.pg_class ON pg_class.oid = to_regclass(name),
         LATERAL pg_options_to_table(reloptions) AS option
   WHERE option_name = 'autovacuum_enabled' AND NOT option_value::boolean
   ORDER BY name`;

/** Tables with more dead rows than autovacuum would leave. */
export const deadRows: Check = {
  name: 'dead rows',
  needs: ['queues'],
  async find({ pool, queues, limits }) {
    const { rows } = await pool.query<{ name: string; dead: string; live: string; vacuumed: string | null }>(
      deadRowsQuery,
      [tablesOf(queues), limits.deadRows, limits.deadShare],
    );
    return rows.map(({ name, dead, live, vacuumed }) =>
      found(
        'DEAD_ROWS',
        `table ${name}`,
        `it has ${dead} dead rows beside ${live} live ones; ${vacuumed === null ? 'it was never vacuumed' : `last vacuumed at ${vacuumed}`}`,
        `See whether an old transaction keeps them (OLD_SNAPSHOT …); then VACUUM ${name}`,
      ),
    );
  },
};

/** $1 tables, $2 least number, $3 share of the live rows. */
const deadRowsQuery = `
  SELECT name, n_dead_tup::text AS dead, n_live_tup::text AS live,
         to_jsonb(greatest(last_vacuum, last_autovacuum)) #>> '{}' AS vacuumed
    FROM unnest($1::text[]) AS name JOIN pg_catalog.pg_stat_all_tables AS stat ON stat.relid = to_regclass(name)
   WHERE n_dead_tup > $2 AND n_dead_tup > $3::double precision * n_live_tup
   ORDER BY name`;

/** How near the database is to the end of its transaction ids. */
export const wraparound: Check = {
  name: 'the age of transaction ids',
  needs: ['database'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ database: string; what: string; age: number }>(wraparoundQuery, [
      limits.wraparoundAge,
    ]);
    return rows.map(({ database, what, age }) =>
      found(
        'WRAPAROUND_NEAR',
        `database ${database}`,
        `its oldest ${what} is ${age} ids old; Postgres takes no writes from about 2100000000 on`,
        'End what holds it back (old transactions, prepared ones, slots), then VACUUM (FREEZE) the oldest tables.',
      ),
    );
  },
};

/** $1 age. */
const wraparoundQuery = `
  SELECT datname::text AS database, what, ids AS age
    FROM pg_catalog.pg_database,
         LATERAL (VALUES ('transaction id', age(datfrozenxid)), ('multixact id', mxid_age(datminmxid))) AS oldest (what, ids)
   WHERE datname = current_database() AND ids > $1`;
