import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkViolation, type DatabaseTime, readId } from 'pg-switchyard';
import {
  changeAs,
  iso,
  isoOrNull,
  type PluginDeps,
  Problem,
  quoteInput,
  readBody,
  textField,
} from 'pg-switchyard/api';
import { z } from 'zod';

const buildBody = z.strictObject({
  repository: textField(1000),
  branch: textField(1_000).default('main'),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/, { error: 'must be a whole hash' })
    .nullable()
    .default(null),
  triggeredBy: textField(200).nullable().default(null),
});
const deploymentBody = z.strictObject({
  buildId: z
    .string()
    .refine((id) => readId('bigint', id) !== undefined, { error: 'must be the id of a build' }),
  environment: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, { error: 'must be 1 to 63 letters, digits, "_", "-" and "."' }),
});
const write = { config: { scope: 'write' } } as const;

/** `POST /api/builds` and `/api/deployments`, and `GET …/:id`. To make a task is to insert its row, and nothing else. */
export function taskRoutes(app: FastifyInstance, { pool }: PluginDeps): void {
  app.post('/api/builds', write, async (request, reply) => {
    const wanted = readBody(request, buildBody);
    const values = [wanted.repository, wanted.branch, wanted.commit, wanted.triggeredBy, request.id];
    const { rows } = await changeAs(request, pool, (tx) =>
      tx.query<BuildRow>(
        `INSERT INTO public.builds (repository, branch, commit_hash, triggered_by, request_id)
         VALUES ($1, $2, $3, coalesce($4, switchyard.actor()), $5) RETURNING *`,
        values,
      ),
    ).catch(throwRefusal);
    const build = buildView(found(rows[0], 'build', ''));
    return reply.code(202).header('location', `/api/builds/${build.id}`).send(build);
  });

  app.post('/api/deployments', write, async (request, reply) => {
    const { buildId, environment } = readBody(request, deploymentBody);
    const { rows } = await changeAs(request, pool, (tx) =>
      tx.query<DeploymentRow>(
        `INSERT INTO public.deployments (build_id, environment, request_id)
         SELECT id, $2, $3 FROM public.builds WHERE id = $1 RETURNING *`,
        [buildId, environment, request.id],
      ),
    ).catch(throwRefusal);
    const deployment = deploymentView(found(rows[0], 'build', buildId));
    return reply.code(202).header('location', `/api/deployments/${deployment.id}`).send(deployment);
  });

  app.get('/api/builds/:id', async (request) => {
    const id = idOf(request);
    const { rows } = await pool.query<BuildRow>('SELECT * FROM public.builds WHERE id = $1', [id]);
    return buildView(found(rows[0], 'build', id));
  });

  app.get('/api/deployments/:id', async (request) => {
    const id = idOf(request);
    const { rows } = await pool.query<DeploymentRow>('SELECT * FROM public.deployments WHERE id = $1', [id]);
    return deploymentView(found(rows[0], 'deployment', id));
  });
}

interface TaskRow {
  id: string;
  status: string;
  created_at: DatabaseTime;
  started_at: DatabaseTime | null;
  completed_at: DatabaseTime | null;
  error: string | null;
  error_code: string | null;
}
type BuildRow = TaskRow & {
  repository: string;
  branch: string;
  commit_hash: string | null;
  triggered_by: string | null;
  artifact_path: string | null;
};
type DeploymentRow = TaskRow & { build_id: string; environment: string; release_path: string | null };

const taskView = (row: TaskRow) => ({
  id: row.id,
  status: row.status,
  createdAt: iso(row.created_at),
  startedAt: isoOrNull(row.started_at),
  completedAt: isoOrNull(row.completed_at),
  error: row.error_code === null ? null : { code: row.error_code, message: row.error },
});

const buildView = (row: BuildRow) => ({
  ...taskView(row),
  repository: row.repository,
  branch: row.branch,
  commit: row.commit_hash,
  triggeredBy: row.triggered_by,
  artifactPath: row.artifact_path,
});

const deploymentView = (row: DeploymentRow) => ({
  ...taskView(row),
  buildId: row.build_id,
  environment: row.environment,
  releasePath: row.release_path,
});

export function found<T>(row: T | undefined, what: string, id: string): T {
  if (row !== undefined) return row;
  throw new Problem(404, `NO_SUCH_${what.toUpperCase()}`, `there is no ${what} ${id}`);
}

export function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  const known = readId('bigint', id);
  if (known !== undefined) return known;
  throw new Problem(
    400,
    'BAD_ID',
    `the id of a build or deployment is a whole number; got ${quoteInput(id)}`,
  );
}

/** What the table refuses, in its words. A table that was adopted may have checks of its own. */
function throwRefusal(error: unknown): never {
  const refusal = checkViolation(error);
  if (refusal === undefined) throw error;
  if (refusal.constraint === 'builds_repository_has_no_secret')
    throw new Problem(400, 'HOLDS_SECRET', refusal.message);
  throw new Problem(422, 'REFUSED_BY_TABLE', refusal.message, { more: { constraint: refusal.constraint } });
}
