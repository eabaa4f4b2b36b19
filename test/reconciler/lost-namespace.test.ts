import type { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { keepReconciler } from '../../src/worker/reconciler-schedule.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import type { Office } from '../support/letters/office.ts';
import { eachTestHasOwnTemporal, type OwnTemporal } from '../support/letters/own-temporal.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

let temporal: OwnTemporal;
let office: Office;
eachTestHasOwnTemporal(
  (own) => {
    temporal = own;
    office = own.office;
  },
  { keep: false },
);

async function loseNamespace(): Promise<void> {
  await temporal.restart();
  // The dev server is told of them at its start; a new namespace of any other server has none.
  const { operatorService } = office.client.connection as Connection;
  await operatorService.removeSearchAttributes({
    namespace: 'default',
    searchAttributes: [...searchAttributeNames],
  });
}

test('a namespace that lost its data, search attributes and schedule included, queues all again, and all complete', async () => {
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  await office.startWorker();
  for (let i = 0; i < 25; i++) await insertLetter(office.pool);
  const starter = office.starter();
  for (let i = 0; i < 2; i++) await starter.runOnce();
  await held.called;

  await loseNamespace();
  expect(await until(() => starter.runOnce().catch(() => undefined))).toMatchObject({ started: 0 });
  held.release();
  const { taskQueue, database: id = '' } = office.queue;
  const settings = { taskQueue, reconcileIntervalMs: 1_000, lostTaskAfterMs: 300_000, database: id };
  const stopping = new AbortController();
  const kept = keepReconciler(
    { client: office.client, settings, queues: ['letters'], log: silentLogger, signal: stopping.signal },
    { least: 500, most: 1_000 },
  );
  await until(async () => {
    await starter.runOnce();
    const { rows } = await office.pool.query(`SELECT FROM letters WHERE status <> 'complete'`);
    return rows.length === 0;
  });
  stopping.abort();
  await kept;
  const { rows } = await office.pool.query(
    `SELECT count(*)::int AS jobs FROM switchyard.job_events
      WHERE actor = 'reconciler' AND to_status = 'queued' AND detail = 'Temporal does not know its workflow'`,
  );
  expect(rows[0].jobs).toBeGreaterThanOrEqual(10);
  expect(Object.keys(await office.resultFiles())).toHaveLength(25);
});

test('a starter adds search attributes that Temporal no longer knows, and its rows go', async () => {
  await loseNamespace();
  await insertLetter(office.pool);
  const starter = office.starter();
  expect(await starter.runOnce()).toMatchObject({ started: 0, unanswered: 1 });
  await until(async () => (await starter.runOnce()).started === 1);
});
