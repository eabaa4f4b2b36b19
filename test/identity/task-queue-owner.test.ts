import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepIdentity, newIdentity } from '../../src/identity/change.ts';
import { type DatabaseIdentity, readIdentity } from '../../src/identity/database.ts';
import { ownerScheduleId, ownTaskQueue } from '../../src/identity/task-queue-owner.ts';
import { whileOwned } from '../../src/identity/watch.ts';
import { SetupError } from '../../src/platform/errors.ts';
import { aborted } from '../../src/platform/shutdown.ts';
import { schemaFits } from '../../src/verify/schema.ts';
import { type Copies, eachTestHasCopies } from '../support/copies.ts';
import { recordingLogger } from '../support/logger.ts';
import { connectTemporal } from '../support/temporal.ts';

let copies: Copies;
eachTestHasCopies((opened) => {
  copies = opened;
});
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let client: Client;
beforeAll(async () => {
  temporal = await connectTemporal();
  client = temporal.client;
});
afterAll(() => temporal.close());

const identityOf = (place: string, keptAtMs = 1): DatabaseIdentity => ({
  id: randomUUID(),
  place,
  here: place,
  databaseName: 'd',
  keptAtMs,
});
const own = (taskQueue: string, identity: DatabaseIdentity) => ownTaskQueue(client, taskQueue, identity);
const refused = /belongs to the database [\s\S]*TASK_QUEUE or TEMPORAL_NAMESPACE[\s\S]*schedule delete/;

describe('a task queue', () => {
  test('belongs to one of many databases that come at once', async () => {
    const taskQueue = `owner-${randomUUID()}`;
    const rivals = Array.from({ length: 6 }, (_, i) => identityOf(`1/${i}`));
    const outcomes = await Promise.allSettled(rivals.map((rival) => own(taskQueue, rival)));
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(losers).toHaveLength(5);
    for (const { reason } of losers) {
      expect(reason).toBeInstanceOf(SetupError);
      expect(reason.message).toMatch(refused);
    }
    const winner = rivals[outcomes.findIndex(({ status }) => status === 'fulfilled')];
    await Promise.all([1, 2, 3].map(() => winner && own(taskQueue, winner)));
  });

  test('goes along with a database that keeps its identity elsewhere, and the earlier place is refused', async () => {
    const taskQueue = `owner-${randomUUID()}`;
    const before = identityOf('1/1', 1_000);
    const moved = { ...before, here: '2/2', place: '2/2', keptAtMs: 2_000 };
    await own(taskQueue, before);
    await own(taskQueue, moved);
    await expect(own(taskQueue, before)).rejects.toThrow(/has been moved/);
    await own(taskQueue, moved);
  });

  test('is free again when its schedule is deleted, as the refusal says', async () => {
    const taskQueue = `owner-${randomUUID()}`;
    await own(taskQueue, identityOf('1/1'));
    const next = identityOf('2/2');
    await expect(own(taskQueue, next)).rejects.toThrow(refused);
    await client.schedule.getHandle(ownerScheduleId(taskQueue)).delete();
    await own(taskQueue, next);
  });
});

describe('what is served', () => {
  const soon = { least: 10, most: 20 };
  async function serve(change: (taskQueue: string, url: string) => Promise<unknown>) {
    const taskQueue = `owner-${randomUUID()}`;
    const url = await copies.create();
    const pool = copies.pool(url);
    const identity = await readIdentity(pool);
    await own(taskQueue, identity);
    const { log, lines } = recordingLogger();
    const stopping = new AbortController();
    let ended = false;
    const served = whileOwned(
      { client, pool, taskQueue, identity, log, signal: stopping.signal, schemaFits },
      async (signal) => {
        await aborted(signal);
        ended = true;
      },
      soon,
    );
    served.catch(() => undefined);
    await change(taskQueue, url);
    return { served, lines, stop: () => stopping.abort(), hasEnded: () => ended };
  }

  test('ends, loudly, when the task queue becomes another database’s', async () => {
    const { served, lines, hasEnded } = await serve(async (taskQueue) => {
      // Until the other has it: what runs takes it again when it looks in between.
      const other = identityOf('9/9');
      for (let isOthers = false; !isOthers; ) {
        await client.schedule
          .getHandle(ownerScheduleId(taskQueue))
          .delete()
          .catch(() => undefined);
        isOthers = await own(taskQueue, other).then(
          () => true,
          () => false,
        );
      }
    });
    await expect(served).rejects.toThrow(refused);
    expect(hasEnded()).toBe(true);
    expect(lines).toContainEqual(expect.objectContaining({ level: 60 }));
  });

  test('ends when the database got another identity', async () => {
    const { served } = await serve((_, url) => newIdentity(copies.pool(url), [], { force: true }));
    await expect(served).rejects.toThrow(/start again|belongs to the database/);
  });

  test('ends when a later version changes the schema so that it no longer fits', async () => {
    const { served } = await serve((_, url) =>
      copies.pool(url).query(`INSERT INTO switchyard.required_migrations (name) VALUES ('97_later')`),
    );
    await expect(served).rejects.toThrow(/no longer fits this one, which does not know: 97_later/);
  });

  test('goes on where the database keeps its identity, and where the owner’s schedule was lost', async () => {
    const { served, stop } = await serve(async (taskQueue, url) => {
      await keepIdentity(copies.pool(url));
      await client.schedule.getHandle(ownerScheduleId(taskQueue)).delete();
      const handle = client.schedule.getHandle(ownerScheduleId(taskQueue));
      while (
        !(await handle.describe().then(
          () => true,
          () => false,
        ))
      );
    });
    stop();
    await expect(served).resolves.toBeUndefined();
  });
});
