import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type QueueDefinition, readId } from '../queues/definition.ts';
import type { QueueRegistry } from '../registry/queue-registry.ts';
import { changeAs, operateScope } from './changes.ts';
import { numberCursor, textCursor } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { customerField, noBody, readBody, reasonField, textField, timeField } from './json-body.ts';
import { Problem, quoteInput } from './problems.ts';
import { pageOf, readLimit, readQuery } from './query-parameters.ts';
import {
  findRedrive,
  insertRedrive,
  listOutcomes,
  listRedrives,
  type NewRedrive,
  previewRedrive,
  type RedriveRow,
  redriveChanges,
} from './redrive-queries.ts';
import { outcomeView, redrivePath, redriveView, sampleView } from './redrive-view.ts';

const mostChoices = 100;
const redriveBody = z.strictObject({
  queue: z.string(),
  reason: reasonField,
  states: z
    .array(z.enum(['failed', 'canceled']))
    .min(1)
    .max(2)
    .default(['failed']),
  errorCodes: z.array(textField(100)).min(1).max(mostChoices).nullable().default(null),
  messageContains: textField(500).nullable().default(null),
  keys: z.array(customerField).min(1).max(mostChoices).nullable().default(null),
  endedAfter: timeField.nullable().default(null),
  endedBefore: timeField.nullable().default(null),
  perSecond: z.number().int().min(1).max(1000).default(10),
  mostWaiting: z.number().int().min(1).max(1_000_000).nullable().default(null),
  paused: z.boolean().default(false),
});

/** `POST` and `GET /api/redrives`, `GET /api/redrives/:id` and `…/jobs`, `POST …/pause`, `…/resume`, `…/cancel`. */
export function redriveRoutes(app: FastifyInstance, { pool, queues }: RouteDeps): void {
  app.post('/api/redrives', operateScope, async (request, reply) => {
    const wanted = readBody(request, redriveBody);
    const queue = await targetOf(wanted, queues);
    if (wantsPreview(request)) {
      const { sample, ...found } = await changeAs(request, pool, (tx) => previewRedrive(tx, queue, wanted));
      return { ...found, sample: sample.map(sampleView) };
    }
    const row = await changeAs(request, pool, (tx) => insertRedrive(tx, wanted, request.id));
    if (row === undefined) throw new Error('the redrive was not inserted');
    request.log.info({ redriveId: row.id, queue: row.queue, perSecond: row.per_second }, 'redrive queued');
    return reply.code(202).header('location', redrivePath(row.id)).send(redriveView(row));
  });

  app.get('/api/redrives', async (request) => {
    const query = readQuery(request, ['limit', 'cursor']);
    const limit = readLimit(query['limit']);
    const before = numberCursor(query['cursor']);
    const rows = await listRedrives(pool, before, limit + 1);
    const { page, nextCursor } = pageOf(rows, limit, (row) => row.id);
    return { redrives: page.map(redriveView), nextCursor };
  });

  const find = async (request: FastifyRequest): Promise<RedriveRow> => {
    const id = idOf(request);
    const row = await findRedrive(pool, id);
    if (row === undefined) throw new Problem(404, 'NO_SUCH_REDRIVE', `there is no redrive ${id}`);
    return row;
  };

  app.get('/api/redrives/:id', async (request) => redriveView(await find(request)));

  app.get('/api/redrives/:id/jobs', async (request) => {
    const query = readQuery(request, ['limit', 'cursor']);
    const limit = readLimit(query['limit']);
    const { id } = await find(request);
    const rows = await listOutcomes(pool, id, textCursor(query['cursor']) ?? '', limit + 1);
    const { page, nextCursor } = pageOf(rows, limit, (row) => row.job_id);
    return { jobs: page.map(outcomeView), nextCursor };
  });

  for (const [name, changeRow] of Object.entries(redriveChanges)) {
    app.post(`/api/redrives/:id/${name}`, operateScope, async (request) => {
      readBody(request, noBody);
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
    });
  }
}

async function targetOf(wanted: NewRedrive, queues: QueueRegistry): Promise<QueueDefinition> {
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

function wantsPreview(request: FastifyRequest): boolean {
  const { preview } = readQuery(request, ['preview']);
  if (preview === undefined || preview === 'false') return false;
  if (preview === 'true') return true;
  throw new Problem(400, 'BAD_PREVIEW', `preview must be true or false; got ${quoteInput(preview)}`);
}

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  const known = readId('bigint', id);
  if (known !== undefined) return known;
  throw new Problem(400, 'BAD_REDRIVE_ID', `a redrive's id is a whole number; got ${quoteInput(id)}`);
}
