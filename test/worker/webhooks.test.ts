import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { webhooksQueue } from '../../src/queues/webhooks.ts';
import { Starter } from '../../src/starter/starter.ts';
import { claimOnce } from '../support/claims.ts';
import { answerStatus } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;

interface Received {
  headers: Record<string, string>;
  body: string;
}

/** A receiver that answers with the given statuses, one after the other, the last of them from then on. */
async function receive(...statuses: number[]) {
  const messages: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    messages.push({
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
    });
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    response
      .writeHead(status ?? 204, status === 302 ? { location: '/elsewhere' } : { 'retry-after': '0' })
      .end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, messages, close };
}

let office: Office;
let receiver: Awaited<ReturnType<typeof receive>> | undefined;
eachTestHasOffice((opened) => {
  office = opened;
});
afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

const subscribe = (url: string | null, fields: { statuses?: string[]; secret?: string } = {}) =>
  office.pool.query(
    `INSERT INTO switchyard.subscriptions (name, queue, url, statuses, secret) VALUES ('books', 'letters', $1, $2, $3)`,
    [url, fields.statuses ?? ['complete', 'failed', 'canceled'], fields.secret ?? 'default'],
  );

/** Starts what waits among the webhooks, as its starter does; an old run may still be closing. */
async function startDeliveries(): Promise<void> {
  const { pool, client, queue } = office;
  const webhooks = webhooksQueue({ claimBatch: 10, taskQueue: queue.taskQueue });
  const starter = () =>
    new Starter({ pool, client, queue: webhooks, workerId: 'starter-1', log: silentLogger });
  await until(async () => (await starter().runOnce()).started > 0);
}

async function deliveries(): Promise<Record<string, unknown>[]> {
  return (await office.pool.query('SELECT * FROM switchyard.webhook_deliveries ORDER BY created_at')).rows;
}

const deliveryEnded = () =>
  until(async () => {
    const [row] = await deliveries();
    return row !== undefined && ['complete', 'failed'].includes(String(row['status'])) && row;
  });

async function jobThatEnds(status: string): Promise<string> {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await office.untilStatus(id, status);
  return id;
}

describe('a webhook', () => {
  test('is signed, and tells which job ended and how', async () => {
    receiver = await receive(204);
    await subscribe(receiver.url);
    await office.startWorker({ webhookSecrets: new Map([['default', secret]]) });
    const id = await jobThatEnds('complete');
    await startDeliveries();
    expect(await deliveryEnded()).toMatchObject({ status: 'complete', response_status: 204 });
    const [message] = receiver.messages;
    const told = new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {});
    expect(told).toMatchObject({
      type: 'job.complete',
      data: { queue: 'letters', jobId: id, attempt: 1, status: 'complete', code: null },
    });
  });

  test('comes again under the same id until the receiver takes it', async () => {
    receiver = await receive(500, 429, 200);
    await subscribe(receiver.url);
    await office.startWorker({ webhookSecrets: new Map([['default', secret]]) });
    office.carrier.answer = answerStatus(400);
    await jobThatEnds('failed');
    await startDeliveries();
    expect(await deliveryEnded()).toMatchObject({ status: 'complete', attempt: 1 });
    const ids = receiver.messages.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  test('to a receiver that is gone for good fails, and can be sent again', async () => {
    receiver = await receive(410, 200);
    await subscribe(receiver.url);
    await office.startWorker({ webhookSecrets: new Map([['default', secret]]) });
    await jobThatEnds('complete');
    await startDeliveries();
    expect(await deliveryEnded()).toMatchObject({ status: 'failed', error_code: 'WEBHOOK_FAILED' });
    await office.pool.query(`UPDATE switchyard.webhook_deliveries SET status = 'queued'`);
    await startDeliveries();
    expect(await deliveryEnded()).toMatchObject({ status: 'complete', attempt: 2 });
  });

  test('follows no redirect', async () => {
    receiver = await receive(302, 200);
    await subscribe(receiver.url);
    await office.startWorker({ webhookSecrets: new Map([['default', secret]]) });
    await jobThatEnds('complete');
    await startDeliveries();
    await deliveryEnded();
    expect(receiver.messages).toHaveLength(2);
  });

  test('whose secret is not set fails and names what is missing', async () => {
    receiver = await receive(200);
    await subscribe(receiver.url, { secret: 'other' });
    await office.startWorker({ webhookSecrets: new Map([['default', secret]]) });
    await jobThatEnds('complete');
    await startDeliveries();
    const row = await deliveryEnded();
    expect(row['error_message']).toContain('"other", which WEBHOOK_SECRETS does not name');
    expect(receiver.messages).toEqual([]);
  });
});

test('a receiver that is away leaves room for the messages of others', async () => {
  const { pool, queue } = office;
  const insert = (subscription: string, status: string, count: number) =>
    pool.query(
      `INSERT INTO switchyard.webhook_deliveries
         (subscription, label, at, queue, job_id, ended_attempt, ended_status, status, run_id, started_at)
       SELECT $1, $1, now(), 'letters', n::text, 1, 'complete', $2, 'run', now() FROM generate_series(1, $3) AS n`,
      [subscription, status, count],
    );
  await insert('away', 'processing', 1_000); // each on its way, or waiting hours for its next try
  await insert('away', 'queued', 100);
  await insert('books', 'queued', 1);
  const webhooks = webhooksQueue({ claimBatch: 10, taskQueue: queue.taskQueue });
  const { started } = await claimOnce(pool, webhooks);
  const { rows } = await pool.query(
    'SELECT subscription FROM switchyard.webhook_deliveries WHERE id = ANY ($1)',
    [started.map(({ id }) => id)],
  );
  expect(rows).toEqual([{ subscription: 'books' }]);
});

describe('a subscription', () => {
  test('without an address gets a row in the transaction in which the job ends', async () => {
    await subscribe(null, { statuses: ['canceled'] });
    const id = await insertLetter(office.pool);
    await office.pool.query('BEGIN; UPDATE letters SET cancel_requested_at = now(); ROLLBACK');
    await office.pool.query('UPDATE letters SET cancel_requested_at = now()');
    const take = () => office.pool.query('DELETE FROM switchyard.completions RETURNING *');
    expect((await take()).rows).toMatchObject([{ subscription: 'books', job_id: id, status: 'canceled' }]);
    expect(await deliveries()).toEqual([]);
  });

  test('hears only of the ends it asks for', async () => {
    await subscribe(null, { statuses: ['failed'] });
    const id = await insertLetter(office.pool);
    await office.pool.query('UPDATE letters SET cancel_requested_at = now()');
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'canceled' });
    expect((await office.pool.query('SELECT FROM switchyard.completions')).rowCount).toBe(0);
  });

  test.each(['ftp://example.com', 'http://user:word@example.com', 'javascript:alert(1)'])(
    'to %s is refused',
    async (url) => {
      await expect(subscribe(url)).rejects.toThrow('subscriptions_url_is_http');
    },
  );
});
