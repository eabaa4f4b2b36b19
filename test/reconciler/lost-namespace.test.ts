import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { startTemporalServer, type TemporalServer } from '../../server/dev/temporal-server.ts';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { keepReconciler } from '../../src/worker/reconciler-schedule.ts';
import { createTestDatabase } from '../support/database.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { insertJob, until } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';

/** A Temporal of the test's own that keeps nothing when it is started again. */
let folder: string;
let port: number;
let temporal: TemporalServer;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;

const emptyTemporal = () => startTemporalServer({ folder, port });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-namespace-'));
  port = await freePort();
  [temporal, database] = await Promise.all([emptyTemporal(), createTestDatabase()]);
  pipeline = await createPipeline({ databaseUrl: database.url, temporalAddress: temporal.address });
});
afterEach(async () => {
  await pipeline.close();
  await temporal.child.stop(20_000);
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function loseNamespace(): Promise<void> {
  await temporal.child.stop(20_000);
  temporal = await emptyTemporal();
  // The dev server is told of them at its start; a new namespace of any other server has none.
  const { operatorService } = pipeline.client.connection as Connection;
  await operatorService.removeSearchAttributes({
    namespace: 'default',
    searchAttributes: [...searchAttributeNames],
  });
}

test('a namespace that lost its data, search attributes and schedule included, queues all again, and all complete', async () => {
  const held = answerLater(answerXml('<invoice/>'));
  pipeline.gateway.answer = held.answer;
  await pipeline.startWorker();
  for (let i = 0; i < 25; i++) await insertJob(pipeline.pool);
  const starter = pipeline.starter();
  for (let i = 0; i < 2; i++) await starter.runOnce();
  await held.called;

  await loseNamespace();
  expect(await until(() => starter.runOnce().catch(() => undefined))).toMatchObject({ started: 0 });
  held.release();
  const { taskQueue, database: id = '' } = pipeline.queue;
  const settings = { taskQueue, reconcileIntervalMs: 1_000, database: id };
  const stopping = new AbortController();
  const kept = keepReconciler(
    { client: pipeline.client, settings, queues: ['invoices'], log: silentLogger, signal: stopping.signal },
    { least: 500, most: 1_000 },
  );
  await until(async () => {
    await starter.runOnce();
    const { rows } = await pipeline.pool.query(`SELECT FROM jobs WHERE status <> 'complete'`);
    return rows.length === 0;
  });
  stopping.abort();
  await kept;
  const { rows } = await pipeline.pool.query(
    `SELECT count(*)::int AS jobs FROM switchyard.job_events
      WHERE actor = 'reconciler' AND to_status = 'queued' AND detail = 'Temporal does not know its workflow'`,
  );
  expect(rows[0].jobs).toBeGreaterThanOrEqual(10);
  expect(Object.keys(await pipeline.resultFiles())).toHaveLength(25);
});

test('a starter adds search attributes that Temporal no longer knows, and its rows go', async () => {
  await loseNamespace();
  await insertJob(pipeline.pool);
  const starter = pipeline.starter();
  expect(await starter.runOnce()).toMatchObject({ started: 0, unanswered: 1 });
  await until(async () => (await starter.runOnce()).started === 1);
});
