import type { FastifyInstance } from 'fastify';
import type { DatabaseTime } from 'pg-switchyard';
import { iso, type PluginDeps, Problem, quoteInput } from 'pg-switchyard/api';
import { type RunRow, runColumns, runView } from './agent-run-view.ts';

/** So many of the latest runs are looked at for the list of sessions. */
const latestRuns = 1_000;
const mostSessions = 50;
/** So many of the latest runs of a session are answered. */
const mostRuns = 200;

interface SessionRow {
  session: string;
  runs: number;
  at_work: number;
  waiting_input: number;
  failed: number;
  last_at: DatabaseTime;
}

/** Served by runs_created_idx. */
const latestSessions = `
  SELECT session_id::text AS session, count(*)::int AS runs,
         count(*) FILTER (WHERE status IN ('queued', 'running'))::int AS at_work,
         count(*) FILTER (WHERE status = 'waiting_input')::int AS waiting_input,
         count(*) FILTER (WHERE status = 'failed')::int AS failed, max(created_at) AS last_at
    FROM (SELECT session_id, status::text AS status, created_at FROM ops.runs
           ORDER BY created_at DESC, id DESC LIMIT $1) AS latest
   GROUP BY session_id ORDER BY last_at DESC LIMIT $2`;

/** Served by runs_session_idx. */
const runsOfSession = `
  SELECT ${runColumns} FROM ops.runs WHERE session_id::text = $1 ORDER BY created_at DESC, id DESC LIMIT $2`;

/** `GET /api/agent-sessions`: those of the latest runs. `GET /api/agent-sessions/:session`: its lanes, each with its runs, newest first. */
export function sessionRoutes(app: FastifyInstance, { pool }: PluginDeps): void {
  app.get('/api/agent-sessions', async () => {
    const { rows } = await pool.query<SessionRow>(latestSessions, [latestRuns, mostSessions]);
    return { sessions: rows.map(sessionView) };
  });

  app.get('/api/agent-sessions/:session', async (request) => {
    const { session } = request.params as { session: string };
    const { rows } = session.includes('\0')
      ? { rows: [] }
      : await pool.query<RunRow>(runsOfSession, [session, mostRuns]);
    if (rows.length === 0)
      throw new Problem(
        404,
        'NO_SUCH_SESSION',
        `there is no agent run of the session ${quoteInput(session)}`,
      );
    const lanes = [...new Set(rows.map(({ lane }) => lane))].sort();
    return {
      session,
      lanes: lanes.map((lane) => ({ lane, runs: rows.filter((row) => row.lane === lane).map(runView) })),
    };
  });
}

const sessionView = (row: SessionRow) => ({
  session: row.session,
  runs: row.runs,
  atWork: row.at_work,
  waitingForAnswer: row.waiting_input,
  failed: row.failed,
  lastAt: iso(row.last_at),
});
