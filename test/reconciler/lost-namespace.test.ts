import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { startTemporalServer, type TemporalServer } from '../../server/dev/temporal-server.ts';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { keepReconciler } from '../../src/worker/reconciler-schedule.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

/** A Temporal of the test's own that keeps nothing when it is started again. */
let folder: string;
let port: number;
let temporal: TemporalServer;
let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;

const emptyTemporal = () => startTemporalServer({ folder, port });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-namespace-'));
  port = await freePort();
  [temporal, database] = await Promise.all([emptyTemporal(), createLettersDatabase()]);
  office = await openOffice({ databaseUrl: database.url, temporalAddress: temporal.address });
});
afterEach(async () => {
  await office.close();
  await temporal.child.stop(20_000);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function loseNamespace(): Promise<void> {
  await temporal.child.stop(20_000);
  temporal = await emptyTemporal();
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
