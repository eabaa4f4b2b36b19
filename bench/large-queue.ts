import type { Pool } from '../src/platform/database.ts';
import { insertInChunks } from './backlog.ts';
import type { BenchContext } from './context.ts';

/** The queue that `fillLargeQueue` makes. */
export const largeQueue = 'parcels';
const table = `switchyard_jobs.${largeQueue}`;

/** Jobs of the last year: of a hundred one waits; of the rest 2 % failed with one of 12 codes, 1 % were canceled; 20 000 keys. */
const insertJobs = `
  INSERT INTO ${table} (id, workflow_id, input, key, priority, run_at, status, run_id, attempt, error_code, error_message, started_by,
                        created_at, started_at, completed_at, failed_at, canceled_at)
  SELECT id, id::text, jsonb_build_object('parcel', i, 'weight', i % 40, 'to', 'Depot ' || i % 97), 'customer-' || (i * 7919) % 20000, i % 5,
         CASE WHEN status = 'queued' AND i % 1000 = 0 THEN now() + interval '1 hour' END, status,
         CASE WHEN status <> 'queued' THEN gen_random_uuid()::text END, CASE WHEN status = 'queued' THEN 0 ELSE 1 END,
         CASE WHEN status = 'failed' THEN 'CARRIER_' || i % 12 END,
         CASE WHEN status = 'failed' THEN format('carrier %s answered %s for the parcel %s', i % 12, 400 + i % 4, i) END,
         CASE WHEN status <> 'queued' THEN 'starter-1' END, created_at, CASE WHEN status <> 'queued' THEN created_at + interval '2 s' END,
         CASE WHEN status = 'complete' THEN created_at + interval '9 s' END, CASE WHEN status = 'failed' THEN created_at + interval '9 s' END,
         CASE WHEN status = 'canceled' THEN created_at + interval '9 s' END
    FROM generate_series($1::bigint, $2::bigint) AS i,
         LATERAL (SELECT gen_random_uuid() AS id, now() - (($3 - i) * (365.0 / $3)) * interval '1 day' AS created_at,
                         CASE WHEN i % 100 = 0 THEN 'queued' WHEN i % 20000 = 1 THEN 'processing' WHEN i % 100 < 3 THEN 'failed'
                              WHEN i % 100 = 3 THEN 'canceled' ELSE 'complete' END AS status) AS made`;

/** What the triggers would have written about the last jobs, and the minutes of the last eight days. */
const insertEvents = `
  INSERT INTO switchyard.job_events (at, queue, job_id, attempt, from_status, to_status, actor)
  SELECT move.at, '${largeQueue}', job.id::text, move.attempt, move.from_status, move.to_status, 'starter-1'
    FROM (SELECT * FROM ${table} ORDER BY created_at DESC LIMIT $1) AS job,
         LATERAL (VALUES (job.created_at, 0, NULL, 'queued'), (job.started_at, 1, 'queued', 'processing'),
                         (coalesce(job.completed_at, job.failed_at, job.canceled_at), 1, 'processing', job.status)
                 ) AS move (at, attempt, from_status, to_status)
   WHERE move.at IS NOT NULL
   ORDER BY move.at`;
const insertMinutes = `
  INSERT INTO switchyard.queue_minutes (minute, queue, inserted, started, complete, failed, canceled, wait_p50, wait_p95, total_p95)
  SELECT minute, '${largeQueue}', 20, 20, 19, 1, 0, 2, 2, 9
    FROM generate_series(date_trunc('minute', now()) - interval '8 days', date_trunc('minute', now()), interval '1 minute') AS minute`;

/** Makes a watched queue of so many jobs, nearly all of which have ended. Indexes are made afterwards, which is faster. */
export async function fillLargeQueue(context: BenchContext, pool: Pool, rows: number): Promise<void> {
  await pool.query(
    `SELECT switchyard.create_queue('${largeQueue}', 'DeliverParcel', 'parcels', max_in_flight => 500)`,
  );
  const indexes = await pool.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
       FROM pg_index WHERE indrelid = '${table}'::regclass AND NOT indisprimary`,
  );
  for (const { name } of indexes.rows) await pool.query(`DROP INDEX ${name}`);
  await pool.query(`ALTER TABLE ${table} DROP CONSTRAINT ${largeQueue}_pkey`);
  await pool.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  let done = 0;
  await insertInChunks(context, `${rows} jobs`, rows, async (count) => {
    await pool.query(insertJobs, [done + 1, done + count, rows]);
    done += count;
  });
  context.say('indexes');
  await pool.query(`ALTER TABLE ${table} ADD CONSTRAINT ${largeQueue}_pkey PRIMARY KEY (id)`);
  for (const { definition } of indexes.rows) await pool.query(definition);
  await pool.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  await pool.query(insertEvents, [Math.ceil(rows / 30)]);
  await pool.query(insertMinutes);
  await pool.query(`VACUUM (ANALYZE) ${table}`);
  await pool.query('VACUUM (ANALYZE) switchyard.job_events');
  await pool.query('CHECKPOINT');
}
