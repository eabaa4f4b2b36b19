import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemPipeline } from '../../../src/worker/system-pipeline.ts';
import { allWell, type HealthySystem, openHealthySystem } from '../../support/healthy-system.ts';

let system: HealthySystem;
beforeAll(async () => {
  system = await openHealthySystem();
});
afterAll(() => system.close());

type Options = Parameters<HealthySystem['codes']>[0];
const poll = (options?: Options) => expect.poll(() => system.codes(options), { timeout: 20_000 });

/** Makes a queue, does something to it, looks at what doctor finds, and drops the queue: then nothing is found any more. */
async function withQueue(name: string, harm: string[], expected: string[], options?: Options): Promise<void> {
  await system.addQueue(name);
  try {
    for (const statement of harm) await system.run(statement);
    await poll(options).toEqual(expected);
  } finally {
    await system.run('SELECT switchyard.drop_queue($1, force => true)', [name]);
    await system.run(`DROP TABLE IF EXISTS ${name}_source CASCADE`);
  }
  await poll().toEqual([allWell]);
}

test('names a job table that is gone', () =>
  withQueue('gone', ['DROP TABLE switchyard_jobs.gone CASCADE'], ['JOB_TABLE_GONE queue gone']));

test('names a job table that lacks a column', () =>
  withQueue(
    'unfit',
    ['ALTER TABLE switchyard_jobs.unfit DROP COLUMN result_note'],
    ['JOB_TABLE_UNFIT queue unfit'],
  ));

test('names a job table that a crash would empty', () =>
  withQueue(
    'unlogged',
    ['ALTER TABLE switchyard_jobs.unlogged SET UNLOGGED'],
    ['JOB_TABLE_UNFIT queue unlogged'],
  ));

test('names a claim index that is missing', () =>
  withQueue('slow', ['DROP INDEX switchyard_jobs.slow_claim_idx'], ['CLAIM_INDEX_UNFIT queue slow']));

test('names another index that is missing', () =>
  withQueue('slower', ['DROP INDEX switchyard_jobs.slower_in_flight_idx'], ['INDEX_MISSING queue slower']));

test('names an index that is invalid', async () => {
  await system.addQueue('invalid');
  await system.run(
    `INSERT INTO switchyard_jobs.invalid (id, workflow_id, status, error_code) VALUES (1, 'same', 'failed', 'X'), (2, 'same', 'failed', 'X')`,
  );
  await system
    .run('CREATE UNIQUE INDEX CONCURRENTLY workflow_ids ON switchyard_jobs.invalid (workflow_id)')
    .catch(() => undefined);
  await poll().toEqual(['INDEX_INVALID queue invalid']);
  await system.run('DROP INDEX switchyard_jobs.workflow_ids');
  await poll().toEqual([allWell]);
});

test('names triggers that are off, on the job table and on the table of the application', () =>
  withQueue(
    'silent',
    [
      'ALTER TABLE switchyard_jobs.silent DISABLE TRIGGER switchyard_after_insert',
      'DROP TRIGGER switchyard_silent_inserted ON silent_source',
    ],
    ['TRIGGER_OFF queue silent', 'TRIGGER_OFF queue silent'],
  ));

test('names a table of an application that is gone', () =>
  withQueue('orphaned', ['DROP TABLE orphaned_source CASCADE'], ['SOURCE_GONE queue orphaned']));

test('names a mirrored column that is gone', () =>
  withQueue('blind', ['ALTER TABLE blind_source DROP COLUMN job_status'], ['SOURCE_CHANGED queue blind']));

test('names ids that come to an end', () =>
  withQueue(
    'many',
    [`SELECT setval('many_source_id_seq', 2000000000)`],
    ['IDS_NEAR_END sequence public.many_source_id_seq'],
  ));

test('names dead rows', () =>
  withQueue(
    'dead',
    [
      `INSERT INTO switchyard_jobs.dead (id, workflow_id, status, error_code) SELECT n, 'w', 'failed', 'X' FROM generate_series(1, 300) AS n`,
      'DELETE FROM switchyard_jobs.dead',
    ],
    ['DEAD_ROWS table switchyard_jobs.dead'],
    { limits: { deadRows: 200 } },
  ));

test('names a queue that no starter serves', async () => {
  await system.run('CREATE TABLE posters (LIKE switchyard.redrives INCLUDING ALL)');
  await system.run(`SELECT switchyard.add_job_table('posters', 'posters')`);
  await poll().toEqual(['QUEUE_NOT_SERVED queue posters']);
  await system.run(`DELETE FROM switchyard.queues WHERE name = 'posters'`);
});

test('names a task queue that no worker polls', async () => {
  await system.run(`SELECT switchyard.create_queue('lonely', workflow => 'echo', task_queue => 'nobody')`);
  await poll().toEqual(['NO_POLLER task queue nobody']);
  await system.run(`SELECT switchyard.drop_queue('lonely')`);
});

test('names jobs in flight past their deadline, and those whose workflow is gone', async () => {
  const insert = `INSERT INTO switchyard_jobs.mails (id, workflow_id, status, run_id, started_at, deadline)
                  VALUES ($1, 'nothing', 'processing', 'none', clock_timestamp(), $2)`;
  await system.run(insert, [1001, new Date(Date.now() - 3_600_000)]);
  expect(await system.codes()).toEqual(['PAST_DEADLINE queue mails']);
  await system.run('DELETE FROM switchyard_jobs.mails WHERE id = 1001');
  await system.run(insert, [1002, null]);
  await poll({ limits: { settledMs: 1 } }).toEqual(['WORKFLOW_GONE job 1002 of queue mails']);
  await system.run('DELETE FROM switchyard_jobs.mails WHERE id = 1002');
});

test('names jobs whose start is refused again and again, and why', async () => {
  await system.addQueue('refused');
  await system.run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                    $$BEGIN RAISE EXCEPTION 'the books are closed'; END$$`);
  await system.run(`CREATE TRIGGER refuse BEFORE UPDATE ON switchyard_jobs.refused
                    FOR EACH ROW WHEN (NEW.status = 'processing') EXECUTE FUNCTION refuse()`);
  await system.run('INSERT INTO refused_source DEFAULT VALUES');
  await poll().toEqual(['START_REFUSED queue refused']);
  const { findings } = await system.diagnose();
  expect(findings[0]?.text).toContain('the books are closed');
  await system.run(`SELECT switchyard.drop_queue('refused', force => true)`);
});

test('names jobs whose workflow id another workflow has', async () => {
  await system.addQueue('taken');
  const other = await system.client.workflow.start('echo', {
    workflowId: 'taken:1',
    taskQueue: `nowhere-${randomUUID()}`,
  });
  await system.run('INSERT INTO taken_source DEFAULT VALUES');
  await poll().toEqual(['ID_TAKEN queue taken']);
  await other.terminate();
  await system.run(`SELECT switchyard.drop_queue('taken', force => true)`);
});

test('names what is paused, also for long, and a breaker that stays open', async () => {
  await system.run(`SELECT switchyard.pause_queue('mails', 'a test')`);
  await system.run(`SELECT switchyard.pause_key('mails', 'ada', 'a test')`);
  await system.run(`UPDATE switchyard.pauses SET paused_at = now() - interval '2 days' WHERE key = 'ada'`);
  await system.run(`INSERT INTO switchyard.pauses (scope, system, reason, automatic, paused_at)
                    VALUES ('system', 'gateway', 'it is down', true, now() - interval '1 hour')`);
  expect(await system.codes()).toEqual([
    'BREAKER_OPEN system gateway',
    'PAUSED_FOR_LONG key "ada" of queue mails',
    'PAUSED queue mails',
  ]);
  await system.run('UPDATE switchyard.pauses SET resumed_at = now() WHERE resumed_at IS NULL');
});

test('names webhooks that no receiver took', async () => {
  await system.run(`INSERT INTO switchyard.webhook_deliveries
                           (subscription, label, at, queue, job_id, ended_attempt, ended_status, status, error_code, error_message, failed_at)
                    VALUES ('shop', 'x', now(), 'mails', '1', 1, 'complete', 'failed', 'WEBHOOK_FAILED', 'it answered 500', now())`);
  expect(await system.codes()).toEqual(['WEBHOOK_FAILED subscription shop']);
  await system.run('DELETE FROM switchyard.webhook_deliveries');
});

test('names folders that cannot be written to, and disks that are nearly full', async () => {
  const file = join(system.settings.resultRoot, 'a-file');
  await writeFile(file, '');
  const [webhooks, redrives] = systemPipeline(system.settings).queues;
  if (webhooks === undefined || redrives === undefined) throw new Error('there are system queues');
  const queues = [{ ...webhooks, files: { own: [], named: [] } }, redrives];
  expect(await system.codes({ queues, set: { resultRoot: file } })).toEqual([
    'FOLDER_NOT_WRITABLE RESULT_ROOT',
  ]);
  expect(await system.codes({ queues, limits: { diskBytes: Number.MAX_SAFE_INTEGER } })).toEqual([
    'DISK_NEARLY_FULL RESULT_ROOT',
    'DISK_NEARLY_FULL STAGING_ROOT',
  ]);
});

test('names events that are kept for ever', async () => {
  await system.run('INSERT INTO mails_source DEFAULT VALUES');
  await system.run('ANALYZE switchyard.job_events');
  expect(await system.codes({ limits: { events: 0 } })).toEqual([
    'EVENTS_KEPT_FOR_EVER switchyard.job_events',
  ]);
});

test('names repairs, rows that refused their end, and signals that failed', async () => {
  await system.run(`SELECT switchyard.note_repair('mails', '1', 'run', 'its workflow was terminated')`);
  await system.run(`SELECT switchyard.note_refusal('mails', '1', 'run', 'constraint x')`);
  await system.run(`SELECT switchyard.note_failed_signal('mails', '1', 'run', 'it has ended')`);
  expect(await system.codes()).toEqual([
    'ROW_REFUSED queue mails',
    'REPAIRED queue mails',
    'SIGNAL_FAILED queue mails',
  ]);
});

test('says when no starter is connected', async () => {
  await system.stopProcess();
  await system.run('DELETE FROM switchyard.watches');
  await poll({ limits: { recentMs: 0 } }).toContain('NO_STARTER the starters');
});
