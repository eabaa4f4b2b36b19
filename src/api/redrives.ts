import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { requireQueue } from '../operations/registered-queue.ts';
import { type QueueDefinition, readId } from '../queues/definition.ts';
import type { QueueRegistry } from '../registry/queue-registry.ts';
import { changeAs } from './changes.ts';
import { numberCursor, textCursor } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { noBody } from './json-body.ts';
import { Problem, quoteInput } from './problems.ts';
import { pageOf } from './query-parameters.ts';
import { newRedrive, redriveBody } from './redrive-body.ts';
import {
  findRedrive,
  insertRedrive,
  listOutcomes,
  listRedrives,
  previewRedrive,
  type RedriveRow,
  redriveChanges,
} from './redrive-queries.ts';
import {
  outcomeSchema,
  outcomeView,
  redrivePath,
  redriveSchema,
  redriveView,
  sampleSchema,
  sampleView,
} from './redrive-view.ts';
import { cursorParameter, limitParameter, nextCursor, type RouteApp } from './route-app.ts';

const tags = ['redrives'];
const operate = { scope: 'operate' } as const;
const redriveInPath = z.object({ id: z.string().meta({ description: 'The id of a redrive' }) });
const partQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
const previewQuery = z.strictObject({
  preview: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Only counts and shows what would be taken' }),
});
const preview = z.object({ count: z.number(), more: z.boolean(), sample: z.array(sampleSchema) });

/** `POST` and `GET /api/redrives`, `GET /api/redrives/:id` and `…/jobs`, `POST …/pause`, `…/resume`, `…/cancel`. */
export function redriveRoutes(app: RouteApp, deps: RouteDeps): void {
  const { pool, queues } = deps;

  app.post(
    '/api/redrives',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Retries or cancels many jobs of a queue, at a steady rate',
        description:
          'With `preview=true` it changes nothing: 200 with a count up to 10 000 and a sample; `more` says that there may be more.',
        querystring: previewQuery,
        body: redriveBody,
        response: { 200: preview, 202: redriveSchema },
      },
    },
    async (request, reply) => {
      const queue = await targetOf(request.body, queues);
      const wanted = newRedrive(request.body, await requireQueue(pool, queue.name));
      if (request.query.preview === 'true') {
        const { sample, ...found } = await changeAs(request, pool, (tx) => previewRedrive(tx, queue, wanted));
        return { ...found, sample: sample.map(sampleView) };
      }
      const row = await changeAs(request, pool, (tx) => insertRedrive(tx, wanted, request.id));
      if (row === undefined) throw new Error('the redrive was not inserted');
      request.log.info({ redriveId: row.id, queue: row.queue, perSecond: row.per_second }, 'redrive queued');
      return reply.code(202).header('location', redrivePath(row.id)).send(redriveView(row));
    },
  );

  app.get(
    '/api/redrives',
    {
      schema: {
        tags,
        summary: 'All redrives, newest first',
        querystring: partQuery,
        response: { 200: z.object({ redrives: z.array(redriveSchema), nextCursor }) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const rows = await listRedrives(pool, numberCursor(cursor), limit + 1);
      const { page, nextCursor } = pageOf(rows, limit, (row) => row.id);
      return { redrives: page.map(redriveView), nextCursor };
    },
  );

  const find = async (request: FastifyRequest): Promise<RedriveRow> => {
    const id = idOf(request);
    const row = await findRedrive(pool, id);
    if (row === undefined) throw new Problem(404, 'NO_SUCH_REDRIVE', `there is no redrive ${id}`);
    return row;
  };

  app.get(
    '/api/redrives/:id',
    { schema: { tags, summary: 'One redrive', params: redriveInPath, response: { 200: redriveSchema } } },
    async (request) => redriveView(await find(request)),
  );

  app.get(
    '/api/redrives/:id/jobs',
    {
      schema: {
        tags,
        summary: 'What a redrive did with each job, and what became of that',
        params: redriveInPath,
        querystring: partQuery,
        response: { 200: z.object({ jobs: z.array(outcomeSchema), nextCursor }) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { id } = await find(request);
      const rows = await listOutcomes(pool, id, textCursor(cursor) ?? '', limit + 1);
      const { page, nextCursor } = pageOf(rows, limit, (row) => row.job_id);
      return { jobs: page.map(outcomeView), nextCursor };
    },
  );

  for (const [name, changeRow] of Object.entries(redriveChanges)) {
    app.post(
      `/api/redrives/:id/${name}`,
      {
        config: operate,
        schema: {
          tags,
          summary: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}s a redrive that waits or runs`,
          params: redriveInPath,
          body: noBody,
          response: { 200: redriveSchema },
        },
      },
      async (request) => {
        const id = idOf(request);
        const row = await changeAs(request, pool, (tx) => changeRow(tx, id));
        if (row !== undefined) return redriveView(row);
        const { status } = await find(request);
        throw new Problem(
          409,
          'WRONG_STATE',
          `only a redrive that waits or runs can be changed, and this one is ${status}; make a new one`,
          { more: { redriveStatus: status } },
        );
      },
    );
  }
}

async function targetOf(
  wanted: z.output<typeof redriveBody>,
  queues: QueueRegistry,
): Promise<QueueDefinition> {
  const targets = (await queues.all()).filter(({ name }) => name !== 'redrives');
  const queue = targets.find(({ name }) => name === wanted.queue);
  if (queue === undefined) {
    const known = targets.map(({ name }) => name);
    throw new Problem(
      400,
      'NO_SUCH_QUEUE',
      `the field "queue" must be one of ${known.join(', ')}; got ${quoteInput(wanted.queue)}`,
      { more: { known } },
    );
  }
  if (wanted.keys !== null && queue.key === undefined) {
    throw new Problem(400, 'NO_KEYS', `the jobs of queue ${queue.name} have no key; leave "keys" out`);
  }
  return queue;
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  const known = readId('bigint', id);
  if (known !== undefined) return known;
  throw new Problem(400, 'BAD_REDRIVE_ID', `a redrive's id is a whole number; got ${quoteInput(id)}`);
}
