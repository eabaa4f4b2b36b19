import { afterAll, beforeAll, expect, test } from 'vitest';
import { workflowIdOf } from '../../src/queues/definition.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { until } from '../support/until.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
beforeAll(async () => {
  database = await createLettersDatabase();
  office = await openOffice({ databaseUrl: database.url });
});
afterAll(async () => {
  await office.close();
  await database.drop();
});

/** How long lies between two heartbeats that Temporal is sent of one job, in milliseconds. */
async function heartbeatsApart(heartbeatIntervalMs: number): Promise<number> {
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  const worker = await office.startWorker({ heartbeatIntervalMs });
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await held.called;
  const first = await until(() => lastHeartbeat(id));
  const second = await until(async () => {
    const last = await lastHeartbeat(id);
    return last !== first && last;
  });
  held.release();
  await office.untilStatus(id, 'complete');
  await worker.stop();
  return second - first;
}

async function lastHeartbeat(id: string): Promise<number | undefined> {
  const { raw } = await office.client.workflow.getHandle(workflowIdOf(office.queue, id)).describe();
  const time = raw.pendingActivities?.[0]?.lastHeartbeatTime;
  return time == null ? undefined : Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6;
}

test('a running job sends a heartbeat no more often than HEARTBEAT_INTERVAL says', async () => {
  expect(await heartbeatsApart(3_000)).toBeGreaterThan(2_500);
});
