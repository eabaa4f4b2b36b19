import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { changeJob } from '../operations/change-job.ts';
import { readJob } from '../operations/job-detail.ts';
import { type Db, requireQueue } from '../operations/registered-queue.ts';
import { jobDetail } from '../operations/views.ts';
import { changeAs } from './changes.ts';
import type { RouteDeps } from './deps.ts';
import { customerField, noBody, textField, timeField } from './json-body.ts';
import { setKeyLimit } from './key-limits.ts';
import { readKey } from './pauses.ts';
import { requireKeys } from './queues.ts';
import { jobInPath, queueInPath, type RouteApp } from './route-app.ts';
import { detailOptions } from './why.ts';

const integer = z.number().int().min(-2_147_483_648).max(2_147_483_647);
const json = z.unknown();
const newJob = z.strictObject({
  input: json.optional().meta({ description: 'What the workflow is given' }),
  id: z
    .uuid({ error: 'must be a UUID' })
    .optional()
    .meta({ description: 'With the id of a job that is there nothing is changed' }),
  key: customerField.optional(),
  priority: integer.optional().meta({ description: 'Lower goes first' }),
  runAt: timeField.optional().meta({ description: 'Not before this time' }),
});
const patch = z
  .strictObject({ priority: integer.optional(), runAt: timeField.nullable().optional() })
  .refine((given) => given.priority !== undefined || given.runAt !== undefined, {
    path: ['priority'],
    error: 'or "runAt" must be given',
  });
const retryBody = z.strictObject({
  input: json
    .optional()
    .meta({ description: 'Another input, for jobs of watched queues; left out: its own' }),
});
const signalBody = z.strictObject({ name: textField(1_000), args: z.array(json).max(100).default([]) });
const answerBody = z.strictObject({
  step: textField(200)
    .optional()
    .meta({ description: 'The step that asks; left out: the one that asks now' }),
  value: z.record(z.string(), json).optional(),
  action: z.enum(['accept', 'decline', 'cancel']).optional(),
});

const operate = { scope: 'operate' } as const;
const tags = ['jobs'];
const answersJob = { 200: jobDetail };

/** What is done with one job of any queue. Each answers the job as it is then. */
export function jobChangeRoutes(app: RouteApp, deps: RouteDeps): void {
  const { pool } = deps;
  const change = async (
    request: FastifyRequest,
    { queue, id }: { queue: string; id: string },
    work: (tx: Db) => Promise<void>,
  ) => {
    await changeAs(request, pool, work);
    return readJob(pool, queue, id, detailOptions(deps));
  };

  app.post(
    '/api/queues/:queue/jobs',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        summary: 'Puts a job into a queue that was made by create_queue',
        params: queueInPath,
        body: newJob,
        response: { 202: jobDetail },
      },
    },
    async (request, reply) => {
      const { queue } = request.params;
      const id = await changeAs(request, pool, (tx) => changeJob.enqueue(tx, queue, request.body));
      const path = `/api/queues/${encodeURIComponent(queue)}/jobs/${id}`;
      return reply
        .code(202)
        .header('location', path)
        .send(await readJob(pool, queue, id, detailOptions(deps)));
    },
  );

  app.patch(
    '/api/queues/:queue/jobs/:id',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Gives a job that waits another priority or time',
        description: 'What is left out stays. A `runAt` of null, or one that is over: at once.',
        params: jobInPath,
        body: patch,
        response: answersJob,
      },
    },
    async (request) =>
      change(request, request.params, (tx) =>
        changeJob.change(tx, request.params.queue, request.params.id, request.body),
      ),
  );

  app.post(
    '/api/queues/:queue/jobs/:id/cancel',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Cancels a job',
        description: 'One that waits is canceled at once; the workflow of one that runs is asked to end.',
        params: jobInPath,
        body: noBody,
        response: answersJob,
      },
    },
    async (request) =>
      change(request, request.params, (tx) => changeJob.cancel(tx, request.params.queue, request.params.id)),
  );

  app.post(
    '/api/queues/:queue/jobs/:id/retry',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Queues a job again that has ended',
        params: jobInPath,
        body: retryBody,
        response: answersJob,
      },
    },
    async (request) =>
      change(request, request.params, (tx) =>
        changeJob.retry(tx, request.params.queue, request.params.id, request.body.input),
      ),
  );

  app.post(
    '/api/queues/:queue/jobs/:id/signal',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Sends a signal to the workflow of a job',
        description: 'While the job waits the signal waits too. Signals of one job are sent in order.',
        params: jobInPath,
        body: signalBody,
        response: answersJob,
      },
    },
    async (request) =>
      change(request, request.params, (tx) =>
        changeJob.signal(tx, request.params.queue, request.params.id, request.body.name, request.body.args),
      ),
  );

  app.post(
    '/api/queues/:queue/jobs/:id/answer',
    {
      config: operate,
      schema: {
        tags,
        summary: 'Answers what a parked job asks',
        description: 'To a question with `mayDecline`, `action` decline or cancel is an answer too.',
        params: jobInPath,
        body: answerBody,
        response: answersJob,
      },
    },
    async (request) =>
      change(request, request.params, (tx) =>
        changeJob.answer(tx, request.params.queue, request.params.id, request.body),
      ),
  );

  keyLimitRoutes(app, deps);
}

const keyInPath = queueInPath.extend({ key: z.string().meta({ description: 'A key of its jobs' }) });

function keyLimitRoutes(app: RouteApp, { pool }: RouteDeps): void {
  const set = async (request: FastifyRequest, inFlight: number | null) => {
    const { queue, key } = request.params as z.output<typeof keyInPath>;
    const known = await requireQueue(pool, queue);
    requireKeys(known);
    await changeAs(request, pool, (tx) => setKeyLimit(tx, known.name, readKey(key), inFlight));
    request.log.info({ queue: known.name, inFlight }, 'limit of a key set');
    return { key, inFlight };
  };
  const answers = { 200: z.object({ key: z.string(), inFlight: z.number().nullable() }) };

  app.put(
    '/api/queues/:queue/keys/:key/limit',
    {
      config: operate,
      schema: {
        tags: ['queues'],
        summary: 'Limits how many jobs of a key are in flight',
        params: keyInPath,
        body: z.strictObject({ inFlight: z.number().int().min(0).max(2_147_483_647) }),
        response: answers,
      },
    },
    async (request) => set(request, request.body.inFlight),
  );
  app.delete(
    '/api/queues/:queue/keys/:key/limit',
    {
      config: operate,
      schema: {
        tags: ['queues'],
        summary: 'Takes the limit of a key back: the limit per key of its queue holds',
        params: keyInPath,
        response: answers,
      },
    },
    async (request) => set(request, null),
  );
}
