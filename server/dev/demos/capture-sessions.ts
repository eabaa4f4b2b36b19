import type { Demo } from './demo.ts';

/** Three sessions of one day, one of which is canceled before it is finalized. */
export const demo: Demo = {
  prepare: async () => ({ SIMULATED_WORK_SECONDS: '2' }),
  inserts: () => [
    'INSERT INTO schedule_ingest.capture_session SELECT FROM generate_series(1, 3);',
    `UPDATE schedule_ingest.capture_session SET cancel_requested_at = now()
 WHERE id = (SELECT id FROM schedule_ingest.capture_session
              WHERE state IN ('pending', 'processing') ORDER BY created_at DESC LIMIT 1);`,
  ],
  watch: `
    SELECT left(session.id::text, 8) AS session, state, locked_by, schedule_date::text, version, left(payload_hash, 12) AS hash
      FROM schedule_ingest.capture_session AS session
      LEFT JOIN schedule_ingest.schedule_version AS schedule ON schedule.session_id = session.id
     ORDER BY session.created_at DESC LIMIT 10`,
  progress: `
    SELECT count(*) FILTER (WHERE state IN ('pending', 'processing'))::integer AS pending,
           count(*) FILTER (WHERE state = 'failed')::integer AS failed
      FROM schedule_ingest.capture_session`,
  after: async () => ['Each session that is done has one row in schedule_ingest.schedule_version.'],
};
