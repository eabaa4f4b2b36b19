import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import type { ClaimedJob } from '../../src/starter/claimed-job.ts';
import { Signals } from '../../src/starter/signals.ts';
import { runSignalsLoop } from '../../src/starter/signals-loop.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { answerLater, answerStatus, answerXml, drain } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';
import { trigger } from '../support/refusals.ts';
import { until } from '../support/until.ts';

let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});

/** Starts one job whose call of the carrier is held back. */
async function letterAtTheCarrier(answer = answerXml('<late/>')) {
  const held = answerLater(answer);
  office.carrier.answer = held.answer;
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await held.called;
  return { id, release: held.release };
}

describe('a row inserted by plain SQL', () => {
  test('becomes a result that the row names with its size and hash', async () => {
    await office.startWorker();
    const id = await insertLetter(office.pool, { title: 'March', request_id: 'req-9' });
    expect(await office.starter().runOnce()).toMatchObject({ started: 1 });
    const row = await office.untilStatus(id, 'complete');
    expect(row).toMatchObject({
      attempt: 1,
      result_path: `results/${id}.xml`,
      result_bytes: '10',
      result_sha256: createHash('sha256').update('<receipt/>').digest('hex'),
      started_by: null,
    });
    expect(await office.resultFiles()).toEqual({ [`${id}.xml`]: '<receipt/>' });
    expect(await office.workflow(id).result()).toMatchObject({ status: 'complete' });
    const ofTheJob = office.lines.filter((line) => line['jobId'] === id);
    expect(ofTheJob).toHaveLength(office.lines.length);
    for (const line of ofTheJob) expect(line).toMatchObject({ requestId: 'req-9', queue: 'letters' });
  });

  test('fails with the code and the words, on the row and in Temporal', async () => {
    await office.startWorker();
    office.carrier.answer = answerStatus(415);
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    expect(await office.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'CARRIER_REFUSED',
      error_message: 'the carrier answered 415',
      started_by: null,
    });
    await expect(office.workflow(id).result()).rejects.toMatchObject({ cause: { type: 'CARRIER_REFUSED' } });
  });

  test('that failed runs again when it is queued again', async () => {
    await office.startWorker();
    office.carrier.answer = answerStatus(415);
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    await office.untilStatus(id, 'failed');
    office.carrier.answer = answerXml('<receipt/>');
    await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
    await until(async () => (await office.starter().runOnce()).started === 1);
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 2, error_code: null });
  });

  test('survives a carrier that is down for a while', async () => {
    await office.startWorker();
    office.carrier.answer = async (request, response) => {
      await (office.carrier.calls.length < 3 ? answerStatus(502) : answerXml('<receipt/>'))(
        request,
        response,
      );
    };
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    await office.untilStatus(id, 'complete');
    expect(office.carrier.calls).toEqual([id, id, id]);
  });

  test('ends as CARRIER_AWAY once its tries are used up', async () => {
    await office.startWorker({ tries: 3 });
    office.carrier.answer = answerStatus(502);
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    expect(await office.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'CARRIER_AWAY',
      error_message: 'the carrier answered 502 (given up after 3 tries)',
    });
    expect(office.carrier.calls).toHaveLength(3);
  });

  test('and canceled in Temporal says canceled, and the carrier is let go', async () => {
    await office.startWorker();
    const letGo = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    office.carrier.answer = async (request, response) => {
      response.once('close', letGo.resolve);
      await drain(request);
      called.resolve();
    };
    const id = await insertLetter(office.pool);
    await office.starter().runOnce();
    await called.promise;
    await office.workflow(id).cancel();
    await office.untilStatus(id, 'canceled');
    await letGo.promise;
    expect(await office.resultFiles()).toEqual({});
  });
});

describe('a job that its row cancels', () => {
  let stop: () => Promise<void>;
  beforeEach(() => {
    const { pool, client, queue } = office;
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
    office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);

  test('is let go by the carrier, and leaves nothing', async () => {
    await office.startWorker();
    const { id } = await letterAtTheCarrier();
    await cancel(id);
    expect(await office.untilStatus(id, 'canceled')).toMatchObject({ error_code: null, started_by: null });
    expect(await office.resultFiles()).toEqual({});
  });

  test('ends at once also behind others, while all that the worker can do is at work', async () => {
    await office.startWorker({ workerMaxActivities: 1 });
    const working = await letterAtTheCarrier();
    const behind = await insertLetter(office.pool);
    await office.starter().runOnce();
    await cancel(behind);
    await office.untilStatus(behind, 'canceled');
    expect(await readLetter(office.pool, working.id)).toMatchObject({ status: 'processing' });
    working.release();
    await office.untilStatus(working.id, 'complete');
  });
});

test('a job that waits for a worker does not wait behind all of another customer’s', async () => {
  const { pool, carrier } = office;
  await office.startWorker({ workerMaxActivities: 1 });
  const working = await letterAtTheCarrier();
  const start = async (count: number, customer: string) => {
    const ids = await Promise.all(Array.from({ length: count }, () => insertLetter(pool, { customer })));
    for (let started = 0; started < count; ) started += (await office.starter().runOnce()).started;
    for (const id of ids) {
      await until(async () => (await office.workflow(id).describe()).raw.pendingActivities?.length === 1);
    }
    return ids;
  };
  await start(30, 'large');
  const [small = ''] = await start(1, 'small');
  carrier.answer = answerXml('<receipt/>');
  working.release();
  await until(async () => carrier.calls.length === 32);
  expect(carrier.calls.indexOf(small)).toBeLessThan(10);
});

describe('many starters and workers', () => {
  test('start every job once and run every job once', async () => {
    await office.startWorker();
    await office.startWorker();
    const ids = await Promise.all(Array.from({ length: 30 }, () => insertLetter(office.pool)));
    const starters = ['starter-1', 'starter-2', 'starter-3'].map((name) => office.starter(name));
    let started = 0;
    while (started < ids.length) {
      const passes = await Promise.all(starters.map((starter) => starter.runOnce()));
      for (const pass of passes) started += pass.started;
    }
    for (const id of ids) expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
    expect(started).toBe(ids.length);
    expect(office.carrier.calls.toSorted()).toEqual(ids.toSorted());
    expect(Object.keys(await office.resultFiles())).toHaveLength(ids.length);
    for (const starter of starters) expect(await starter.runOnce()).toMatchObject({ started: 0 });
  });
});

test('a row that its table does not let go in flight has one workflow, and the carrier is not asked', async () => {
  const { pool, carrier } = office;
  await office.startWorker();
  const bad = await insertLetter(pool, { title: 'bad letter' });
  await pool.query(trigger('TRIGGER refuse BEFORE UPDATE', 'RETURN NULL;'));
  const starters = [office.starter('starter-1'), office.starter('starter-2')];
  expect(await office.starter().runOnce()).toMatchObject({ started: 0, refused: 1 });
  expect(await office.workflow(bad).result()).toEqual({ status: 'superseded' });
  const { runId } = await office.workflow(bad).describe();
  const good = await insertLetter(pool);
  for (const starter of starters) await starter.runOnce();
  await office.untilStatus(good, 'complete');
  expect((await office.workflow(bad).describe()).runId).toBe(runId);
  expect(carrier.calls).toEqual([good]);
  await pool.query('DROP TRIGGER refuse ON letters');
  expect(await office.starter().runOnce()).toMatchObject({ started: 1 });
  await office.untilStatus(bad, 'complete');
});

describe('a claimer that broke off after its starts', () => {
  /** Locks and starts as a claim does, and then rolls back as Postgres does when the claimer is gone. */
  async function brokenClaim(whileLocked: () => Promise<void> = async () => undefined) {
    const { queue, client, pool } = office;
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
    await office.startWorker();
    const id = await insertLetter(office.pool);
    await brokenClaim();
    const row = await office.untilStatus(id, 'complete');
    expect(row).toMatchObject({ attempt: 1, run_id: (await office.workflow(id).describe()).runId });
    expect(office.carrier.calls).toEqual([id]);
  });

  test('has had no work done before: the carrier is not asked while it holds the row', async () => {
    await office.startWorker();
    const id = await insertLetter(office.pool);
    await brokenClaim(async () => {
      // The work's first step is seen waiting for the row.
      await until(async () => {
        const { rowCount } = await office.pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      expect(office.carrier.calls).toEqual([]);
    });
    await office.untilStatus(id, 'complete');
  });

  test('and a next one that claims the same jobs meet in one workflow', async () => {
    const id = await insertLetter(office.pool);
    await brokenClaim();
    const { runId } = await office.workflow(id).describe();
    expect(await office.starter().runOnce()).toMatchObject({ started: 1 });
    expect(await readLetter(office.pool, id)).toMatchObject({
      status: 'processing',
      attempt: 1,
      run_id: runId,
    });
    await office.startWorker();
    await office.untilStatus(id, 'complete');
    expect(office.carrier.calls).toEqual([id]);
  });

  test('leaves nothing to do for a row that was deleted meanwhile', async () => {
    const id = await insertLetter(office.pool);
    await brokenClaim();
    await office.pool.query('DELETE FROM letters WHERE id = $1', [id]);
    await office.startWorker();
    expect(await office.workflow(id).result()).toEqual({ status: 'superseded' });
    expect(office.carrier.calls).toEqual([]);
  });
});

describe('a zombie', () => {
  test('of a terminated workflow changes nothing of its successor’s', async () => {
    const first = await office.startWorker();
    const { id, release } = await letterAtTheCarrier(answerXml('<zombie/>'));
    const { run_id: zombie } = await readLetter(office.pool, id);
    await office.workflow(id).terminate();
    await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
    office.carrier.answer = answerXml('<successor/>');
    await until(async () => (await office.starter('starter-2').runOnce()).started === 1);
    const complete = await office.untilStatus(id, 'complete');
    expect(complete).toMatchObject({ attempt: 2 });
    expect(complete.run_id).not.toBe(zombie);

    release();
    await first.stop(); // returns when the zombie has finished
    expect(await readLetter(office.pool, id)).toEqual(complete);
    expect(await office.resultFiles()).toEqual({ [`${id}.xml`]: '<successor/>' });
  });

  test('finishing while its successor still works changes nothing either', async () => {
    const first = await office.startWorker();
    const { id, release } = await letterAtTheCarrier(answerXml('<zombie/>'));
    await office.workflow(id).terminate();
    await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
    const held = answerLater(answerXml('<successor/>'));
    office.carrier.answer = held.answer;
    await until(async () => (await office.starter('starter-2').runOnce()).started === 1);
    await held.called;
    const inFlight = await readLetter(office.pool, id);

    release();
    const ended = /not this run’s|told to stop/;
    await until(async () => office.lines.some(({ msg }) => ended.test(String(msg))));
    expect(await readLetter(office.pool, id)).toEqual(inFlight);
    expect(await office.resultFiles()).toEqual({});
    held.release();
    await office.untilStatus(id, 'complete');
    await first.stop();
    expect(await office.resultFiles()).toEqual({ [`${id}.xml`]: '<successor/>' });
  });
});

test('a workflow that is reset keeps its row', async () => {
  await office.startWorker();
  const { id, release } = await letterAtTheCarrier();
  const before = await readLetter(office.pool, id);
  office.carrier.answer = answerXml('<after-reset/>');
  const runId = await office.reset(id);
  const complete = await office.untilStatus(id, 'complete');
  expect(runId).not.toBe(before.run_id);
  expect(complete).toMatchObject({ run_id: runId, attempt: 1 });
  expect(await office.workflow(id).result()).toMatchObject({ status: 'complete' });
  release();
  expect(await office.resultFiles()).toEqual({ [`${id}.xml`]: '<after-reset/>' });
});

describe('a worker that is told to stop', () => {
  test('finishes its running work within the grace time', async () => {
    const worker = await office.startWorker();
    const { id, release } = await letterAtTheCarrier();
    const stopped = worker.stop();
    release();
    await stopped;
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'complete' });
  });

  test('hands its running work back after the grace time, and that uses up no try', async () => {
    const worker = await office.startWorker({ shutdownGraceMs: 0, tries: 2 });
    const { id, release } = await letterAtTheCarrier();
    await worker.stop();
    release();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'processing' });

    office.carrier.answer = answerStatus(502);
    await office.startWorker({ tries: 2 });
    expect(await office.untilStatus(id, 'failed')).toMatchObject({
      error_message: 'the carrier answered 502 (given up after 2 tries)',
    });
    expect(office.carrier.calls).toHaveLength(3);
  });
});

test('a row that is set back while its workflow is still open waits until that has closed', async () => {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  const { run_id: old } = await readLetter(office.pool, id);
  await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
  expect(await office.starter().runOnce()).toMatchObject({ started: 0, closing: 1 });
  expect(await readLetter(office.pool, id)).toMatchObject({ status: 'queued', run_id: old, attempt: 1 });

  await office.workflow(id).terminate();
  await until(async () => (await office.starter('starter-2').runOnce()).started === 1);
  const next = await readLetter(office.pool, id);
  expect(next).toMatchObject({ status: 'processing', attempt: 2 });
  expect(next.run_id).not.toBe(old);
});
