import { describe, expect, test } from 'vitest';
import { metrics, reconcilerRepairs } from '../../src/platform/metrics.ts';
import { answerLater, answerStatus, answerXml } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { createRules, eventsOf } from '../support/reconciler.ts';

let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});

/** A job in flight whose workflow waits for a worker. */
async function startJob(): Promise<string> {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  expect(await readLetter(office.pool, id)).toMatchObject({ status: 'processing' });
  return id;
}

/** What a database of before its job's end says: the row in flight under the run that it had. */
async function rollBack(id: string): Promise<void> {
  const { run_id } = await readLetter(office.pool, id);
  await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
  await office.pool.query(
    `UPDATE letters SET status = 'processing', run_id = $2, started_at = now() WHERE id = $1`,
    [id, run_id],
  );
}

describe('a row that does not take its repair', () => {
  const endedEvents = async (id: string) =>
    (await eventsOf(office.pool, id)).filter(({ code }) => code === 'ROW_REFUSED');

  test.each([
    ['refuses', `RAISE EXCEPTION 'rows are kept'`, 'rows are kept (SQLSTATE P0001)'],
    ['ignores', 'RETURN NULL', 'a trigger of the table left the row as it was'],
  ])(
    'because a trigger %s it does not hold up the others, says why once, and is left alone for a minute',
    async (_, body, why) => {
      const [odd, good] = [await startJob(), await startJob()];
      await office.pool.query(`
      CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$;
      CREATE TRIGGER app BEFORE UPDATE ON letters FOR EACH ROW WHEN (OLD.id = '${odd}') EXECUTE FUNCTION app()`);
      for (const id of [odd, good]) await office.workflow(id).terminate();
      const { rows } = createRules(office);
      for (let pass = 0; pass < 3; pass++) await rows();
      expect(await readLetter(office.pool, good)).toMatchObject({
        status: 'failed',
        error_code: 'TERMINATED',
      });
      expect(await readLetter(office.pool, odd)).toMatchObject({ status: 'processing' });
      expect(await endedEvents(odd)).toEqual([
        expect.objectContaining({ detail: expect.stringContaining(why) }),
      ]);
      await office.pool.query('DROP TRIGGER app ON letters');
      await rows();
      expect(await readLetter(office.pool, odd)).toMatchObject({ status: 'processing' }); // not before a minute is over
      await createRules(office).rows();
      expect(await readLetter(office.pool, odd)).toMatchObject({
        status: 'failed',
        error_code: 'TERMINATED',
      });
    },
  );
});

describe('a row in flight whose workflow', () => {
  test('was terminated ends as failed, recorded and counted', async () => {
    reconcilerRepairs.reset();
    const id = await startJob();
    await office.workflow(id).terminate();
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({
      status: 'failed',
      error_code: 'TERMINATED',
      error_message: 'its workflow was terminated in Temporal',
      started_by: null,
    });
    expect((await eventsOf(office.pool, id)).at(-1)).toMatchObject({
      from_status: 'processing',
      to_status: 'failed',
      actor: 'reconciler',
      code: 'TERMINATED',
    });
    expect(await metrics.metrics()).toMatch(
      /switchyard_reconciler_repairs_total\{queue="letters",rule="terminated"\} 1/,
    );
  });

  test('was terminated is queued again where the queue says so, and runs as a new attempt', async () => {
    const id = await startJob();
    await office.workflow(id).terminate();
    const queue = { ...office.queue, lostWorkflow: 'requeue' as const };
    await createRules(office, { queues: [queue] }).rows();
    expect((await eventsOf(office.pool, id)).at(-1)).toMatchObject({
      to_status: 'queued',
      actor: 'reconciler',
      code: 'RECONCILED',
      detail: 'its workflow was terminated in Temporal',
    });
    await office.starter().runOnce();
    await office.startWorker();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 2 });
  });

  test('was terminated after somebody asked to cancel it ends as canceled where it would be queued again', async () => {
    const id = await startJob();
    await office.pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
    await office.workflow(id).terminate();
    const queue = { ...office.queue, lostWorkflow: 'requeue' as const };
    await createRules(office, { queues: [queue] }).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'canceled' });
  });

  test('ran into its deadline ends as failed', async () => {
    const id = await insertLetter(office.pool);
    const { queue, client } = office;
    const handle = await client.workflow.start(queue.workflowType, {
      workflowId: id,
      taskQueue: queue.taskQueue,
      workflowRunTimeout: '1 second',
    });
    await office.pool.query(
      `UPDATE letters SET status = 'processing', run_id = $2, started_at = now() WHERE id = $1`,
      [id, handle.firstExecutionRunId],
    );
    await expect(handle.result()).rejects.toThrow();
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'failed', error_code: 'TIMED_OUT' });
  });

  test('was cancelled ends as canceled', async () => {
    await office.startWorker();
    const held = answerLater(answerXml('<receipt/>'));
    office.carrier.answer = held.answer;
    const id = await startJob();
    await held.called;
    await office.workflow(id).cancel();
    await office.untilStatus(id, 'canceled');
    await expect(office.workflow(id).result()).rejects.toThrow();
    held.release();
    await rollBack(id);
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'canceled' });
  });

  test('failed ends as failed, with the code and the words of its failure', async () => {
    await office.startWorker();
    office.carrier.answer = answerStatus(415);
    const id = await startJob();
    const before = await office.untilStatus(id, 'failed');
    await expect(office.workflow(id).result()).rejects.toThrow();
    await rollBack(id);
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({
      status: 'failed',
      error_code: 'CARRIER_REFUSED',
      error_message: before.error_message,
    });
  });

  test('completed is queued again: the database was restored to an older state', async () => {
    await office.startWorker();
    const id = await startJob();
    await office.untilStatus(id, 'complete');
    await office.workflow(id).result();
    await rollBack(id);
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'queued' });
    await office.starter().runOnce();
    await office.untilStatus(id, 'complete');
  });

  test('Temporal does not know is queued again, and runs as a new attempt', async () => {
    const id = await insertLetter(office.pool, {
      status: 'processing',
      run_id: 'forgotten',
      attempt: 1,
      started_at: new Date(),
    });
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'queued' });
    await office.starter().runOnce();
    await office.startWorker();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 2 });
  });

  test('is at a run of another chain is queued again', async () => {
    const id = await startJob();
    await office.workflow(id).terminate();
    const { queue, client } = office;
    await client.workflow.start(queue.workflowType, { workflowId: id, taskQueue: queue.taskQueue });
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'queued' });
  });
});

describe('a row in flight is left alone', () => {
  test('while its workflow runs', async () => {
    const id = await startJob();
    const before = await readLetter(office.pool, id);
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toEqual(before);
  });

  test('while a reset of its workflow waits to begin', async () => {
    const id = await startJob();
    const worker = await office.startWorker({ shutdownGraceMs: 0 });
    const held = answerLater(answerXml('<receipt/>'));
    office.carrier.answer = held.answer;
    await held.called;
    await worker.stop();
    const before = await readLetter(office.pool, id);
    await office.reset(id);
    await createRules(office).rows();
    expect(await readLetter(office.pool, id)).toEqual(before);
    held.release();
  });

  test('when it moved on between the look at it and the look at Temporal', async () => {
    const id = await startJob();
    await office.workflow(id).terminate();
    // The row is requeued and started anew after the reconciler has read it.
    const client = Object.create(office.client, {
      withDeadline: {
        value: async (_: number, work: () => Promise<unknown>) => {
          const said = await work();
          await office.pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
          await office.starter().runOnce();
          return said;
        },
      },
    });
    await createRules(office, { client }).rows();
    expect(await readLetter(office.pool, id)).toMatchObject({ status: 'processing', attempt: 2 });
  });
});

test('walks over more rows than a page holds, and goes on after a row that cannot be mended', async () => {
  await office.pool.query(
    `INSERT INTO letters (enclosure, status, run_id, started_at)
     SELECT 'a.txt', 'processing', 'run ' || n, now() - interval '1 hour' FROM generate_series(1, 450) AS n`,
  );
  await office.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON letters FOR EACH ROW WHEN (OLD.run_id = 'run 7') EXECUTE FUNCTION refuse()`);
  const rules = createRules(office);
  await rules.rows();
  const { rows } = await office.pool.query('SELECT status, count(*)::int FROM letters GROUP BY 1 ORDER BY 1');
  expect(rows).toEqual([
    { status: 'queued', count: 449 },
    { status: 'processing', count: 1 },
  ]);
  expect(rules.lines).toContainEqual(expect.objectContaining({ msg: 'the job could not be reconciled' }));
});
