import { randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { diagnose } from '../../../src/operations/doctor/doctor.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { withEnvironment } from '../../support/healthy-system.ts';
import { until } from '../../support/until.ts';
import { openWatchedYard } from '../../support/watched/yard.ts';

test('reads no job table and no history as a whole', async () => {
  const yard = await openWatchedYard();
  const run = async (statement: string) => (await yard.pool.query(statement)).rows;
  try {
    await yard.createQueue('large', 'echo');
    await run(`INSERT INTO switchyard_jobs.large (id, workflow_id, status, error_code, failed_at, started_at, run_id)
               SELECT gen_random_uuid(), 'large:' || n, CASE n % 100 WHEN 0 THEN 'processing' WHEN 1 THEN 'failed' WHEN 2 THEN 'complete' ELSE 'queued' END,
                      'X', now(), now(), 'run'
                 FROM generate_series(1, 60000) AS n`);
    await run('ANALYZE switchyard_jobs.large');
    await run('ANALYZE switchyard.job_events');
    const workerId = randomUUID();
    // A session tells its counts when it ends.
    const ended = () =>
      until(async () => {
        const rows = await run(`SELECT FROM pg_stat_activity WHERE application_name LIKE '%${workerId}%'`);
        return rows.length === 0;
      });
    const scans = () =>
      run(`SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables
            WHERE relid IN ('switchyard_jobs.large'::regclass, 'switchyard.job_events'::regclass) ORDER BY relname`);
    await run('SELECT pg_stat_force_next_flush()').catch(() => undefined); // Postgres 15 and later
    const before = await scans();

    const { findings } = await withEnvironment({ TEMPORAL_ADDRESS: inject('temporalAddress') }, () =>
      diagnose({
        settings: withDefaults({ databaseUrl: yard.databaseUrl, workerId }),
        queues: [],
        limits: { settledMs: 1 },
      }),
    );

    expect(findings.map(({ code }) => code)).toContain('WORKFLOW_GONE');
    await ended();
    expect(await scans()).toEqual(before);
  } finally {
    await yard.close();
  }
});
