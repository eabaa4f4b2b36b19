import type { FastifyInstance } from 'fastify';
import type { DatabaseTime } from 'pg-switchyard';
import { isoOrNull, type PluginDeps } from 'pg-switchyard/api';

/** So many of the last deployments of an environment are looked at, for as many builds as there are among them. */
const lastDeployments = 50;
const mostReleases = 10;
const mostUnderWay = 200;

interface ReleaseRow {
  environment: string;
  deployment_id: string;
  build_id: string;
  completed_at: DatabaseTime | null;
  repository: string;
  branch: string;
  commit_hash: string | null;
  has_artifact: boolean;
}
interface UnderWayRow {
  environment: string;
  id: string;
  build_id: string;
  status: string;
}

/** From one environment to the next by the index, so that the many deployments of each are not read. */
const releases = `
  WITH RECURSIVE names AS (
    (SELECT environment FROM public.deployments WHERE status = 'succeeded' ORDER BY environment LIMIT 1)
    UNION ALL
    SELECT (SELECT environment FROM public.deployments
             WHERE status = 'succeeded' AND environment > names.environment ORDER BY environment LIMIT 1)
      FROM names WHERE names.environment IS NOT NULL)
  SELECT names.environment, last.id AS deployment_id, last.build_id, last.completed_at, builds.repository, builds.branch,
         builds.commit_hash, builds.status = 'succeeded' AND builds.artifact_path IS NOT NULL AS has_artifact
    FROM names
   CROSS JOIN LATERAL (
     SELECT id, build_id, completed_at FROM public.deployments
      WHERE environment = names.environment AND status = 'succeeded'
      ORDER BY completed_at DESC, id DESC LIMIT $1) AS last
    JOIN public.builds ON builds.id = last.build_id
   ORDER BY names.environment, last.completed_at DESC, last.id DESC`;

const underWay = `
  SELECT environment, id, build_id, status::text AS status FROM public.deployments
   WHERE status IN ('pending', 'ongoing') ORDER BY id LIMIT $1`;

/** `GET /api/environments`: of each, what is live, which builds were before and can be deployed again, and what is under way. */
export function environmentRoutes(app: FastifyInstance, { pool }: PluginDeps): void {
  app.get('/api/environments', async () => {
    const [live, waiting] = await Promise.all([
      pool.query<ReleaseRow>(releases, [lastDeployments]),
      pool.query<UnderWayRow>(underWay, [mostUnderWay]),
    ]);
    const names = new Set([...live.rows, ...waiting.rows].map(({ environment }) => environment));
    return {
      environments: [...names].sort().map((name) => ({
        name,
        ...releasesOf(live.rows.filter(({ environment }) => environment === name)),
        underWay: waiting.rows
          .filter(({ environment }) => environment === name)
          .map(({ id, build_id, status }) => ({ id, buildId: build_id, status })),
      })),
    };
  });
}

/** Of the deployments of one environment, newest first: each build once. */
function releasesOf(rows: readonly ReleaseRow[]) {
  const builds = rows.filter((row, i) => rows.findIndex(({ build_id }) => build_id === row.build_id) === i);
  const [live, ...before] = builds.slice(0, mostReleases).map(releaseView);
  return { live: live ?? null, before };
}

const releaseView = (row: ReleaseRow) => ({
  deploymentId: row.deployment_id,
  buildId: row.build_id,
  since: isoOrNull(row.completed_at),
  repository: row.repository,
  branch: row.branch,
  commit: row.commit_hash,
  /** Whether it can be deployed again: its artifact is there. */
  deployable: row.has_artifact,
});
