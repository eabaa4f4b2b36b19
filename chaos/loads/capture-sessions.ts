import type { Load } from '../load.ts';
import { duplicated, illegal } from '../problem.ts';
import { definitionOf } from '../settings.ts';

/** Sessions, all of which capture the same schedule. */
export const captureSessions: Load = {
  queue: definitionOf('capture-sessions'),
  weight: 20,
  variants: { session: { weight: 1 } },
  faultCodes: [],

  prepare: async () => ({}),

  async insert(tx, { id }) {
    await tx.query(
      'INSERT INTO schedule_ingest.capture_session (id) VALUES ($1) ON CONFLICT (id) DO NOTHING',
      [id],
    );
  },

  /** Each session that is done has one version, no other has any; leases are cleared; the day is at its highest version. */
  async judge({ pool }) {
    const { rows } = await pool.query<{ id: string; state: string; versions: number; leased: boolean }>(`
      SELECT session.id::text AS id, state, count(schedule.id)::integer AS versions,
             locked_at IS NOT NULL OR locked_by IS NOT NULL AS leased
        FROM schedule_ingest.capture_session AS session
        LEFT JOIN schedule_ingest.schedule_version AS schedule ON schedule.session_id = session.id
       GROUP BY session.id`);
    const days = await pool.query<{ day: string }>(`
      SELECT schedule_date::text AS day FROM schedule_ingest.schedule_version
        LEFT JOIN schedule_ingest.day_schedule USING (schedule_date)
       GROUP BY schedule_date, current_version HAVING max(version) IS DISTINCT FROM current_version`);
    return [
      ...rows
        .filter(({ state, versions }) => versions !== (state === 'done' ? 1 : 0))
        .map(({ id, state, versions }) =>
          (versions > 1 ? duplicated : illegal)(`session ${id} is ${state} with ${versions} versions`),
        ),
      ...rows.filter(({ leased }) => leased).map(({ id }) => illegal(`session ${id} still has its lease`)),
      ...days.rows.map(({ day }) => illegal(`${day} is not at its highest version`)),
    ];
  },
};
