import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import type { ClaimedJob } from '../../src/starter/claimed-job.ts';
import { Signals } from '../../src/starter/signals.ts';
import { runSignalsLoop } from '../../src/starter/signals-loop.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { answerLater, answerStatus, answerXml, drain } from '../support/gateway.ts';
import { insertJob, readJob, until } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { trigger } from '../support/refusals.ts';

let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
});

/** Starts one job whose call of the gateway is held back. */
async function jobAtTheGateway(answer = answerXml('<late/>')) {
  const held = answerLater(answer);
  pipeline.gateway.answer = held.answer;
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await held.called;
  return { id, release: held.release };
}

describe('a row inserted by plain SQL', () => {
  test('becomes a result that the row names with its size and hash', async () => {
    await pipeline.startWorker();
    const id = await insertJob(pipeline.pool, { original_name: 'March.pdf', request_id: 'req-9' });
    expect(await pipeline.starter().runOnce()).toMatchObject({ started: 1 });
    const row = await pipeline.untilStatus(id, 'complete');
    expect(row).toMatchObject({
      attempt: 1,
      result_path: `results/${id}.xml`,
      result_bytes: '10',
      result_sha256: createHash('sha256').update('<invoice/>').digest('hex'),
      leased_by: null,
    });
    expect(await pipeline.resultFiles()).toEqual({ [`${id}.xml`]: '<invoice/>' });
    expect(await pipeline.workflow(id).result()).toEqual({ status: 'complete' });
    const ofTheJob = pipeline.lines.filter((line) => line['jobId'] === id);
    expect(ofTheJob).toHaveLength(pipeline.lines.length);
    for (const line of ofTheJob) expect(line).toMatchObject({ requestId: 'req-9', queue: 'invoices' });
  });

  test('fails with the code and the words, on the row and in Temporal', async () => {
    await pipeline.startWorker();
    pipeline.gateway.answer = answerStatus(415);
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'GW_4XX',
      error_message: 'the gateway answered 415',
      leased_by: null,
    });
    await expect(pipeline.workflow(id).result()).rejects.toMatchObject({ cause: { type: 'GW_4XX' } });
  });

  test('that failed runs again when it is queued again', async () => {
    await pipeline.startWorker();
    pipeline.gateway.answer = answerStatus(415);
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    await pipeline.untilStatus(id, 'failed');
    pipeline.gateway.answer = answerXml('<invoice/>');
    await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
    await until(async () => (await pipeline.starter().runOnce()).started === 1);
    expect(await pipeline.untilStatus(id, 'complete')).toMatchObject({ attempt: 2, error_code: null });
  });

  test('survives a gateway that is down for a while', async () => {
    await pipeline.startWorker();
    pipeline.gateway.answer = async (request, response) => {
      await (pipeline.gateway.calls.length < 3 ? answerStatus(502) : answerXml('<invoice/>'))(
        request,
        response,
      );
    };
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    await pipeline.untilStatus(id, 'complete');
    expect(pipeline.gateway.calls).toEqual([id, id, id]);
  });

  test('ends as GW_5XX once its tries are used up', async () => {
    await pipeline.startWorker({ GATEWAY_MAX_ATTEMPTS: '3' });
    pipeline.gateway.answer = answerStatus(502);
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'GW_5XX',
      error_message: 'the gateway answered 502 (given up after 3 tries)',
    });
    expect(pipeline.gateway.calls).toHaveLength(3);
  });

  test('and canceled in Temporal says canceled, and the gateway is let go', async () => {
    await pipeline.startWorker();
    const letGo = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    pipeline.gateway.answer = async (request, response) => {
      response.once('close', letGo.resolve);
      await drain(request);
      called.resolve();
    };
    const id = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    await called.promise;
    await pipeline.workflow(id).cancel();
    await pipeline.untilStatus(id, 'canceled');
    await letGo.promise;
    expect(await pipeline.resultFiles()).toEqual({});
  });
});

describe('a job that its row cancels', () => {
  let stop: () => Promise<void>;
  beforeEach(() => {
    const { pool, client, queue } = pipeline;
    const ended = new AbortController();
    const signals = new Signals({ pool, client, queue, log: silentLogger });
    const options = { signals, doorbell: undefined, pollIntervalMs: 60_000, log: silentLogger };
    const loop = runSignalsLoop({ ...options, signal: ended.signal });
    stop = async () => {
      ended.abort();
      await loop;
    };
  });
  afterEach(() => stop());
  const cancel = (id: string) =>
    pipeline.pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);

  test('is let go by the gateway, and leaves nothing', async () => {
    await pipeline.startWorker();
    const { id } = await jobAtTheGateway();
    await cancel(id);
    expect(await pipeline.untilStatus(id, 'canceled')).toMatchObject({ error_code: null, leased_by: null });
    expect(await pipeline.resultFiles()).toEqual({});
  });

  test('ends at once also behind others, while all that the worker can do is at work', async () => {
    await pipeline.startWorker({ WORKER_MAX_ACTIVITIES: '1' });
    const working = await jobAtTheGateway();
    const behind = await insertJob(pipeline.pool);
    await pipeline.starter().runOnce();
    await cancel(behind);
    await pipeline.untilStatus(behind, 'canceled');
    expect(await readJob(pipeline.pool, working.id)).toMatchObject({ status: 'processing' });
    working.release();
    await pipeline.untilStatus(working.id, 'complete');
  });
});

test('a job that waits for a worker does not wait behind all of another customer’s', async () => {
  const { pool, gateway } = pipeline;
  await pipeline.startWorker({ WORKER_MAX_ACTIVITIES: '1' });
  const working = await jobAtTheGateway();
  const start = async (count: number, customer: string) => {
    const ids = await Promise.all(Array.from({ length: count }, () => insertJob(pool, { customer })));
    for (let started = 0; started < count; ) started += (await pipeline.starter().runOnce()).started;
    for (const id of ids) {
      await until(async () => (await pipeline.workflow(id).describe()).raw.pendingActivities?.length === 1);
    }
    return ids;
  };
  await start(30, 'large');
  const [small = ''] = await start(1, 'small');
  gateway.answer = answerXml('<invoice/>');
  working.release();
  await until(async () => gateway.calls.length === 32);
  expect(gateway.calls.indexOf(small)).toBeLessThan(10);
});

describe('many starters and workers', () => {
  test('start every job once and run every job once', async () => {
    await pipeline.startWorker();
    await pipeline.startWorker();
    const ids = await Promise.all(Array.from({ length: 30 }, () => insertJob(pipeline.pool)));
    const starters = ['starter-1', 'starter-2', 'starter-3'].map((name) => pipeline.starter(name));
    let started = 0;
    while (started < ids.length) {
      const passes = await Promise.all(starters.map((starter) => starter.runOnce()));
      for (const pass of passes) started += pass.started;
    }
    for (const id of ids) expect(await pipeline.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
    expect(started).toBe(ids.length);
    expect(pipeline.gateway.calls.toSorted()).toEqual(ids.toSorted());
    expect(Object.keys(await pipeline.resultFiles())).toHaveLength(ids.length);
    for (const starter of starters) expect(await starter.runOnce()).toMatchObject({ started: 0 });
  });
});

test('a row that its table does not let go in flight has one workflow, and the gateway is not asked', async () => {
  const { pool, gateway } = pipeline;
  await pipeline.startWorker();
  const bad = await insertJob(pool, { original_name: 'bad.pdf' });
  await pool.query(trigger('TRIGGER refuse BEFORE UPDATE', 'RETURN NULL;'));
  const starters = [pipeline.starter('starter-1'), pipeline.starter('starter-2')];
  expect(await pipeline.starter().runOnce()).toMatchObject({ started: 0, refused: 1 });
  expect(await pipeline.workflow(bad).result()).toEqual({ status: 'superseded' });
  const { runId } = await pipeline.workflow(bad).describe();
  const good = await insertJob(pool);
  for (const starter of starters) await starter.runOnce();
  await pipeline.untilStatus(good, 'complete');
  expect((await pipeline.workflow(bad).describe()).runId).toBe(runId);
  expect(gateway.calls).toEqual([good]);
  await pool.query('DROP TRIGGER refuse ON jobs');
  expect(await pipeline.starter().runOnce()).toMatchObject({ started: 1 });
  await pipeline.untilStatus(bad, 'complete');
});

describe('a claimer that broke off after its starts', () => {
  /** Locks and starts as a claim does, and then rolls back as Postgres does when the claimer is gone. */
  async function brokenClaim(whileLocked: () => Promise<void> = async () => undefined) {
    const { queue, client, pool } = pipeline;
    const gone = new Error('the claimer is gone');
    const claim = inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<ClaimedJob>(claimStatements(queue).claim, [10, []]);
      for (const job of rows) await startWorkflow(client, queue, job);
      await whileLocked();
      throw gone;
    });
    await expect(claim).rejects.toBe(gone);
  }

  test('leaves jobs that their workflows take over, once', async () => {
    await pipeline.startWorker();
    const id = await insertJob(pipeline.pool);
    await brokenClaim();
    const row = await pipeline.untilStatus(id, 'complete');
    expect(row).toMatchObject({ attempt: 1, run_id: (await pipeline.workflow(id).describe()).runId });
    expect(pipeline.gateway.calls).toEqual([id]);
  });

  test('has had no work done before: the gateway is not asked while it holds the row', async () => {
    await pipeline.startWorker();
    const id = await insertJob(pipeline.pool);
    await brokenClaim(async () => {
      // The work's first step is seen waiting for the row.
      await until(async () => {
        const { rowCount } = await pipeline.pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      expect(pipeline.gateway.calls).toEqual([]);
    });
    await pipeline.untilStatus(id, 'complete');
  });

  test('and a next one that claims the same jobs meet in one workflow', async () => {
    const id = await insertJob(pipeline.pool);
    await brokenClaim();
    const { runId } = await pipeline.workflow(id).describe();
    expect(await pipeline.starter().runOnce()).toMatchObject({ started: 1 });
    expect(await readJob(pipeline.pool, id)).toMatchObject({
      status: 'processing',
      attempt: 1,
      run_id: runId,
    });
    await pipeline.startWorker();
    await pipeline.untilStatus(id, 'complete');
    expect(pipeline.gateway.calls).toEqual([id]);
  });

  test('leaves nothing to do for a row that was deleted meanwhile', async () => {
    const id = await insertJob(pipeline.pool);
    await brokenClaim();
    await pipeline.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
    await pipeline.startWorker();
    expect(await pipeline.workflow(id).result()).toEqual({ status: 'superseded' });
    expect(pipeline.gateway.calls).toEqual([]);
  });
});

describe('a zombie', () => {
  test('of a terminated workflow changes nothing of its successor’s', async () => {
    const first = await pipeline.startWorker();
    const { id, release } = await jobAtTheGateway(answerXml('<zombie/>'));
    const { run_id: zombie } = await readJob(pipeline.pool, id);
    await pipeline.workflow(id).terminate();
    await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
    pipeline.gateway.answer = answerXml('<successor/>');
    await until(async () => (await pipeline.starter('starter-2').runOnce()).started === 1);
    const complete = await pipeline.untilStatus(id, 'complete');
    expect(complete).toMatchObject({ attempt: 2 });
    expect(complete.run_id).not.toBe(zombie);

    release();
    await first.stop(); // returns when the zombie has finished
    expect(await readJob(pipeline.pool, id)).toEqual(complete);
    expect(await pipeline.resultFiles()).toEqual({ [`${id}.xml`]: '<successor/>' });
  });

  test('finishing while its successor still works changes nothing either', async () => {
    const first = await pipeline.startWorker();
    const { id, release } = await jobAtTheGateway(answerXml('<zombie/>'));
    await pipeline.workflow(id).terminate();
    await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
    const held = answerLater(answerXml('<successor/>'));
    pipeline.gateway.answer = held.answer;
    await until(async () => (await pipeline.starter('starter-2').runOnce()).started === 1);
    await held.called;
    const inFlight = await readJob(pipeline.pool, id);

    release();
    const ended = /not this run’s|told to stop/;
    await until(async () => pipeline.lines.some(({ msg }) => ended.test(String(msg))));
    expect(await readJob(pipeline.pool, id)).toEqual(inFlight);
    expect(await pipeline.resultFiles()).toEqual({});
    held.release();
    await pipeline.untilStatus(id, 'complete');
    await first.stop();
    expect(await pipeline.resultFiles()).toEqual({ [`${id}.xml`]: '<successor/>' });
  });
});

test('a workflow that is reset keeps its row', async () => {
  await pipeline.startWorker();
  const { id, release } = await jobAtTheGateway();
  const before = await readJob(pipeline.pool, id);
  pipeline.gateway.answer = answerXml('<after-reset/>');
  const runId = await pipeline.reset(id);
  const complete = await pipeline.untilStatus(id, 'complete');
  expect(runId).not.toBe(before.run_id);
  expect(complete).toMatchObject({ run_id: runId, attempt: 1 });
  expect(await pipeline.workflow(id).result()).toEqual({ status: 'complete' });
  release();
  expect(await pipeline.resultFiles()).toEqual({ [`${id}.xml`]: '<after-reset/>' });
});

describe('a worker that is told to stop', () => {
  test('finishes its running work within the grace time', async () => {
    const worker = await pipeline.startWorker();
    const { id, release } = await jobAtTheGateway();
    const stopped = worker.stop();
    release();
    await stopped;
    expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('hands its running work back after the grace time, and that uses up no try', async () => {
    const worker = await pipeline.startWorker({ SHUTDOWN_GRACE_TIME: '0', GATEWAY_MAX_ATTEMPTS: '2' });
    const { id, release } = await jobAtTheGateway();
    await worker.stop();
    release();
    expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'processing' });

    pipeline.gateway.answer = answerStatus(502);
    await pipeline.startWorker({ GATEWAY_MAX_ATTEMPTS: '2' });
    expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({
      error_message: 'the gateway answered 502 (given up after 2 tries)',
    });
    expect(pipeline.gateway.calls).toHaveLength(3);
  });
});

test('a row that is set back while its workflow is still open waits until that has closed', async () => {
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  const { run_id: old } = await readJob(pipeline.pool, id);
  await pipeline.pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
  expect(await pipeline.starter().runOnce()).toMatchObject({ started: 0, closing: 1 });
  expect(await readJob(pipeline.pool, id)).toMatchObject({ status: 'queued', run_id: old, attempt: 1 });

  await pipeline.workflow(id).terminate();
  await until(async () => (await pipeline.starter('starter-2').runOnce()).started === 1);
  const next = await readJob(pipeline.pool, id);
  expect(next).toMatchObject({ status: 'processing', attempt: 2 });
  expect(next.run_id).not.toBe(old);
});
