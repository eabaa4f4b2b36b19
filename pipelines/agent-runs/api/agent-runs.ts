import type { FastifyInstance } from 'fastify';
import { changeAs, jobIdOf, operateScope, Problem, quoteInput, readBody } from 'pg-switchyard/api';
import { z } from 'zod';
import { attachment } from '../../lib/file-names.ts';
import { openArtifact } from './agent-run-artifacts.ts';
import { answerProblem, type FindRun, type RunRow, runQueries, runView } from './agent-run-view.ts';
import { type RunDeps, runLogRoute } from './run-log.ts';

const answerBody = z.strictObject({
  step: z.string().min(1),
  value: z.record(z.string(), z.unknown()).optional(),
  action: z.enum(['accept', 'decline', 'cancel']).optional(),
});

const artifact = z.object({
  name: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  type: z.string().optional(),
});
const manifest = z.object({ artifacts: z.array(artifact) });

/** `GET /api/agent-runs/:id`, `…/log`, `…/diff`, `…/artifacts`, `…/artifacts/:name`, `POST …/answer`. */
export function runRoutes(app: FastifyInstance, deps: RunDeps): void {
  const find: FindRun = async (request) => {
    const id = jobIdOf(request);
    const row = await runQueries.find(deps.pool, id);
    if (row === undefined) throw new Problem(404, 'NO_SUCH_RUN', `there is no agent run ${id}`);
    return row;
  };

  /** What the last attempt left, by its manifest; nothing before that is written. */
  async function artifactsOf(row: RunRow): Promise<z.output<typeof artifact>[]> {
    const file = await openArtifact(deps.resultRoot, row, 'manifest.json');
    if (file === undefined) return [];
    try {
      return manifest.parse(JSON.parse(await file.readFile('utf8'))).artifacts;
    } finally {
      await file.close();
    }
  }

  app.get('/api/agent-runs/:id', async (request) => runView(await find(request)));
  runLogRoute(app, deps, find);

  app.get('/api/agent-runs/:id/diff', async (request, reply) => {
    const row = await find(request);
    const file = await openArtifact(deps.resultRoot, row, 'diff.patch');
    if (file === undefined)
      throw new Problem(
        404,
        'NO_DIFF',
        `run ${row.id} has no diff yet: it makes one when it asks something and when it has ended`,
      );
    return reply.type('text/plain; charset=utf-8').send(file.createReadStream());
  });

  app.get('/api/agent-runs/:id/artifacts', async (request) => {
    const row = await find(request);
    const artifacts = await artifactsOf(row);
    const href = (name: string) => `/api/agent-runs/${row.id}/artifacts/${encodeURIComponent(name)}`;
    return { attempt: row.attempt, artifacts: artifacts.map((each) => ({ ...each, href: href(each.name) })) };
  });

  app.get('/api/agent-runs/:id/artifacts/:name', async (request, reply) => {
    const row = await find(request);
    const { name } = request.params as { name: string };
    const listed = (await artifactsOf(row)).find((each) => each.name === name);
    const file = listed && (await openArtifact(deps.resultRoot, row, listed.name));
    if (listed === undefined || file === undefined)
      throw new Problem(404, 'NO_SUCH_ARTIFACT', `run ${row.id} has no artifact ${quoteInput(name)}`);
    reply.headers({ etag: `"${listed.sha256}"`, 'content-disposition': attachment(listed.name) });
    // A log may have grown since; an empty file has no last byte.
    const end = Math.max(listed.bytes - 1, 0);
    return reply.type(listed.type ?? 'application/octet-stream').send(file.createReadStream({ end }));
  });

  app.post('/api/agent-runs/:id/answer', operateScope, async (request, reply) => {
    const answer = readBody(request, answerBody);
    const { id } = await find(request);
    const row = await changeAs(request, deps.pool, (tx) => runQueries.answer(tx, id, answer)).catch(
      answerProblem,
    );
    return reply.code(202).send(row && runView(row));
  });
}
