import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../../src/api/api.ts';
import { EventFeed } from '../../../src/api/live/event-feed.ts';
import { EventReader } from '../../../src/api/live/event-reader.ts';
import { jobEvent } from '../../../src/operations/views.ts';
import type { PoolClient } from '../../../src/platform/database.ts';
import { type EventClient, openEvents, type ServerEvent } from '../../support/event-client.ts';
import { get, sendJson } from '../../support/http.ts';
import { insertLetter } from '../../support/letters/rows.ts';
import { silentLogger } from '../../support/logger.ts';
import { until } from '../../support/until.ts';
import { type LettersApi, startLettersApi } from '../letters-api.ts';

let api: LettersApi;
const clients: EventClient[] = [];
const transactions: PoolClient[] = [];
beforeEach(async () => {
  api = await startLettersApi({ live: { heartbeatMs: 50, mostStreams: 3 } });
});
afterEach(async () => {
  for (const tx of transactions.splice(0)) {
    await tx.query('ROLLBACK');
    tx.release();
  }
  await api.close();
  clients.splice(0);
});

async function listen(path = '/api/events', lastEventId?: string): Promise<EventClient> {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const client = await openEvents(`${api.url}${path}`, headers);
  clients.push(client);
  await until(async () => client.lastId() !== '');
  return client;
}

/** A transaction in which a letter was inserted, and that goes on. */
async function openInsert(): Promise<{ id: string; tx: PoolClient }> {
  const tx = await api.pool.connect();
  transactions.push(tx);
  await tx.query('BEGIN');
  const { rows } = await tx.query(`INSERT INTO letters (enclosure) VALUES ('a.txt') RETURNING id`);
  return { id: rows[0].id, tx };
}

const jobsOf = (events: readonly ServerEvent[]) => events.map(({ data }) => data['jobId']);

describe('a stream of events', () => {
  test('has each event of a job once it is committed', async () => {
    const client = await listen();
    const id = await insertLetter(api.pool);
    await api.pool.query(`UPDATE letters SET status = 'canceled' WHERE id = $1`, [id]);
    const [inserted, canceled] = await client.untilEvents(2);
    expect(client.headers['content-type']).toBe('text/event-stream');
    expect(jobEvent.parse(inserted?.data)).toMatchObject({
      queue: 'letters',
      jobId: id,
      from: null,
      to: 'queued',
    });
    expect(canceled).toMatchObject({ event: 'job', data: { jobId: id, from: 'queued', to: 'canceled' } });
  });

  test('has the events of one queue, or of one job, where it is asked for that', async () => {
    const id = await insertLetter(api.pool);
    const [other, one] = [await listen('/api/events?queue=redrives'), await listen(`/api/events?job=${id}`)];
    await insertLetter(api.pool);
    await api.pool.query(`UPDATE letters SET status = 'canceled' WHERE id = $1`, [id]);
    await one.untilEvents(1);
    expect(one.events).toMatchObject([{ data: { jobId: id, to: 'canceled' } }]);
    expect(other.events).toEqual([]);
  });

  test('tells that pauses and limits of a queue changed', async () => {
    const client = await listen('/api/events?queue=letters');
    await sendJson(api, 'POST', '/api/queues/letters/pause', { reason: 'maintenance' });
    await sendJson(api, 'PUT', '/api/queues/letters/limits', { inFlight: 3 });
    await sendJson(api, 'POST', '/api/systems/carrier/pause', { reason: 'away' });
    await sendJson(api, 'POST', '/api/queues/redrives/pause', { reason: 'not told here' });
    await sendJson(api, 'POST', '/api/queues/letters/resume');
    expect(
      (await client.untilEvents(4)).map(({ event, data }) => [event, data['queue'], data['what']]),
    ).toEqual([
      ['queue', 'letters', 'pause'],
      ['queue', 'letters', 'limits'],
      ['queue', null, 'pause'],
      ['queue', 'letters', 'pause'],
    ]);
  });

  test('has an event that is committed after one with a later id', async () => {
    const client = await listen();
    const late = await openInsert();
    const early = await insertLetter(api.pool);
    await client.untilEvents(1);
    await late.tx.query('COMMIT');
    expect(jobsOf(await client.untilEvents(2))).toEqual([early, late.id]);
  });

  test('goes on where another ended, without a loss and without a duplicate', async () => {
    const late = await openInsert();
    const first = await listen();
    const early = await insertLetter(api.pool);
    await first.untilEvents(1);
    await first.close();
    await late.tx.query('COMMIT');
    const missed = await insertLetter(api.pool);
    const second = await listen('/api/events', first.events[0]?.id);
    const next = await insertLetter(api.pool);
    expect(jobsOf(await second.untilEvents(3))).toEqual([late.id, missed, next]);
    const third = await listen('/api/events', second.events[0]?.id);
    expect(jobsOf(await third.untilEvents(2))).toEqual([missed, next]);
    expect(jobsOf(first.events)).toEqual([early]);
  });

  test('forgets the ids of a transaction that was rolled back', async () => {
    const client = await listen();
    const { tx } = await openInsert();
    await insertLetter(api.pool);
    await client.untilEvents(1);
    expect(client.lastId()).toMatch(/^\d+\.\d+$/);
    await tx.query('ROLLBACK');
    await until(async () => /^\d+$/.test(client.lastId()));
  });

  test('keeps waiting for a transaction that takes long', async () => {
    const client = await listen();
    const { id, tx } = await openInsert();
    await insertLetter(api.pool);
    await client.untilEvents(1);
    const { comments } = client;
    // Longer than gaps are kept that nobody can fill.
    await until(async () => client.comments > comments + 50);
    await tx.query('COMMIT');
    expect(jobsOf(await client.untilEvents(2))).toContain(id);
  });

  test('tells a client to load anew where it cannot go on', async () => {
    await insertLetter(api.pool);
    await api.pool.query(`SELECT setval('switchyard.job_events_id_seq', 50000)`);
    await insertLetter(api.pool);
    for (const old of ['1', '60000']) {
      const client = await listen('/api/events', old);
      expect(await client.untilEvents(1)).toMatchObject([
        { event: 'reset', id: expect.stringMatching(/^50001/) },
      ]);
      await client.close();
    }
  });

  test('tells all to load anew when more happens at once than they could read', async () => {
    const client = await listen();
    await api.pool.query(`INSERT INTO letters (enclosure) SELECT 'a.txt' FROM generate_series(1, 5000)`);
    expect(await client.untilEvents(1)).toMatchObject([{ event: 'reset' }]);
    const id = await insertLetter(api.pool);
    expect(jobsOf(await client.untilEvents(2))).toContain(id);
  });

  test('cuts off a client that does not read, and no other', async () => {
    const [slow, fast] = [await listen(), await listen()];
    slow.stopReading();
    const detail = 'x'.repeat(2_000);
    const cutOff = () => api.lines.some(({ msg }) => String(msg).includes('was cut off'));
    let sent = 0;
    while (!cutOff()) {
      await api.pool.query(
        'BEGIN; INSERT INTO letters (enclosure) SELECT $$a.txt$$ FROM generate_series(1, 500); COMMIT',
      );
      await api.pool.query(
        `UPDATE letters SET status = 'canceled', error_message = $1 WHERE status = 'queued'`,
        [detail],
      );
      sent += 1000;
      await fast.untilEvents(sent);
    }
    expect(fast.events).toHaveLength(sent);
  });

  test('is refused for what it does not know', async () => {
    for (const [path, id, code] of [
      ['/api/events?queues=x', '', 'UNKNOWN_PARAMETER'],
      ['/api/events?queue=', '', 'BAD_PARAMETER'],
      ['/api/events', 'x', 'BAD_LAST_EVENT_ID'],
    ] as const) {
      const answer = await get(api, path, { 'last-event-id': id });
      expect([answer.status, answer.json()['code']]).toEqual([400, code]);
    }
  });

  test('is refused above the limit, and begun again below it', async () => {
    const [one] = [await listen(), await listen(), await listen()];
    expect((await get(api, '/api/events')).json()).toMatchObject({ code: 'TOO_MANY_STREAMS' });
    await one?.close();
    await until(async () => (await openEvents(`${api.url}/api/events`)).status === 200);
  });

  test('ends in order when the API does', async () => {
    const app = await createApi(api.deps);
    const client = await openEvents(`${await app.listen({ host: '127.0.0.1', port: 0 })}/api/events`);
    await app.close();
    expect(await client.ended()).toBe('ended');
  });

  test('has one reader, which looks only while somebody listens', async () => {
    const reader = new EventReader({ pool: api.pool, log: silentLogger });
    const [one, other] = [new EventFeed({}), new EventFeed({})];
    await Promise.all([one.begin(reader, api.pool, undefined), other.begin(reader, api.pool, undefined)]);
    reader.leave(one);
    expect(reader.running).toBe(true);
    reader.leave(other);
    await until(async () => !reader.running);
    await one.begin(reader, api.pool, undefined);
    expect(reader.running).toBe(true);
    reader.leave(one);
    await until(async () => !reader.running);
  });
});
