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

interface Harm {
  harm: string[];
  mend: string[];
  expected: string[];
  options?: Options;
}

/** Does harm, looks at what doctor finds, and mends it: then nothing is found any more. */
async function expectFound({ harm, mend, expected, options }: Harm): Promise<void> {
  try {
    for (const statement of harm) await system.run(statement);
    await poll(options).toEqual(expected);
  } finally {
    for (const statement of mend) await system.run(statement);
  }
  await poll().toEqual([allWell]);
}

/** The same with a queue that is made for it, and dropped. */
async function withQueue(
  queue: string,
  harm: string[],
  expected: string[],
  { options, mend = [] }: { options?: Options; mend?: string[] } = {},
): Promise<void> {
  await system.addQueue(queue);
  const drop = [
    `SELECT switchyard.drop_queue('${queue}', force => true)`,
    `DROP TABLE IF EXISTS ${queue}_source CASCADE`,
  ];
  await expectFound({ harm, expected, mend: [...mend, ...drop], ...(options !== undefined && { options }) });
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

test.each([
  ['claim_by_key', 'CLAIM_INDEX_UNFIT'],
  ['in_flight', 'INDEX_MISSING'],
])('names an index that is missing, %s, and the statement that makes it', async (index, code) => {
  await system.run(`DROP INDEX switchyard_jobs.mails_${index}_idx`);
  const { findings } = await system.diagnose();
  expect(findings).toMatchObject([{ code, subject: 'queue mails' }]);
  await system.run(findings[0]?.wayOut ?? '');
  expect(await system.codes()).toEqual([allWell]);
});

test('names an index that is invalid', async () => {
  await system.addQueue('invalid');
  await system.run(`INSERT INTO switchyard_jobs.invalid (id, workflow_id, status, error_code)
                    VALUES (1, 'same', 'failed', 'X'), (2, 'same', 'failed', 'X')`);
  await system
    .run('CREATE UNIQUE INDEX CONCURRENTLY workflow_ids ON switchyard_jobs.invalid (workflow_id)')
    .catch(() => undefined); // as two rows have the same
  await expectFound({
    harm: [],
    mend: ['DROP INDEX switchyard_jobs.workflow_ids'],
    expected: ['INDEX_INVALID queue invalid'],
  });
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
    { options: { limits: { deadRows: 200 } } },
  ));

test('names a queue that no starter serves, and whose jobs wait', () =>
  expectFound({
    harm: [
      'CREATE TABLE posters (LIKE switchyard.redrives INCLUDING ALL)',
      `SELECT switchyard.add_job_table('posters', 'posters')`,
      `INSERT INTO posters (queue, reason) VALUES ('mails', 'none')`,
    ],
    mend: [`DELETE FROM switchyard.queues WHERE name = 'posters'`],
    expected: ['QUEUE_NOT_SERVED queue posters'],
  }));

test('notes a queue that is switched off', () =>
  expectFound({
    harm: [
      'CREATE TABLE leaflets (LIKE switchyard.redrives INCLUDING ALL)',
      `SELECT switchyard.add_job_table('leaflets', 'leaflets')`,
    ],
    mend: [`DELETE FROM switchyard.queues WHERE name = 'leaflets'`],
    expected: ['QUEUES_OFF queues'],
  }));

test('names a task queue that no worker polls', () =>
  expectFound({
    harm: [`SELECT switchyard.create_queue('lonely', workflow => 'echo', task_queue => 'nobody')`],
    mend: [`SELECT switchyard.drop_queue('lonely')`],
    expected: ['NO_POLLER task queue nobody'],
  }));

const inFlight = (deadline: string) => `
  INSERT INTO switchyard_jobs.mails (id, workflow_id, status, run_id, started_at, deadline)
  VALUES (1000, 'nothing', 'processing', 'none', clock_timestamp(), ${deadline})`;

test('names jobs in flight past their deadline', () =>
  expectFound({
    harm: [inFlight(`now() - interval '1 hour'`)],
    mend: ['DELETE FROM switchyard_jobs.mails WHERE id = 1000'],
    expected: ['PAST_DEADLINE queue mails'],
  }));

test('names jobs in flight whose workflow is gone', () =>
  expectFound({
    harm: [inFlight('NULL')],
    mend: ['DELETE FROM switchyard_jobs.mails WHERE id = 1000'],
    expected: ['WORKFLOW_GONE job 1000 of queue mails'],
    options: { limits: { settledMs: 1 } },
  }));

test('names jobs whose start is refused again and again, and why', () =>
  withQueue(
    'refused',
    [
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the books are closed'; END$$`,
      `CREATE TRIGGER refuse BEFORE UPDATE ON switchyard_jobs.refused
         FOR EACH ROW WHEN (NEW.status = 'processing') EXECUTE FUNCTION refuse()`,
      'INSERT INTO refused_source DEFAULT VALUES',
    ],
    ['START_REFUSED queue refused'],
  ));

test('names jobs whose workflow id another workflow has', async () => {
  const other = await system.client.workflow.start('echo', {
    workflowId: 'taken:1',
    taskQueue: `nowhere-${randomUUID()}`,
  });
  await withQueue('taken', ['INSERT INTO taken_source DEFAULT VALUES'], ['ID_TAKEN queue taken']);
  await other.terminate();
});

test('names what is paused, also for long, and a breaker that stays open', () =>
  expectFound({
    harm: [
      `SELECT switchyard.pause_queue('mails', 'a test')`,
      `SELECT switchyard.pause_key('mails', 'ada', 'a test')`,
      `UPDATE switchyard.pauses SET paused_at = now() - interval '2 days' WHERE key = 'ada'`,
      `INSERT INTO switchyard.pauses (scope, system, reason, automatic, paused_at)
       VALUES ('system', 'gateway', 'it is down', true, now() - interval '1 hour')`,
    ],
    mend: ['UPDATE switchyard.pauses SET resumed_at = now() WHERE resumed_at IS NULL'],
    expected: [
      'BREAKER_OPEN system gateway',
      'PAUSED_FOR_LONG key "ada" of queue mails',
      'PAUSED queue mails',
    ],
  }));

test('names webhooks that no receiver took', () =>
  expectFound({
    harm: [
      `INSERT INTO switchyard.webhook_deliveries (subscription, label, at, queue, job_id, ended_attempt, ended_status,
                                                  status, error_code, error_message, failed_at)
       VALUES ('shop', 'x', now(), 'mails', '1', 1, 'complete', 'failed', 'WEBHOOK_FAILED', 'it answered 500', now())`,
    ],
    mend: ['DELETE FROM switchyard.webhook_deliveries'],
    expected: ['WEBHOOK_FAILED subscription shop'],
  }));

test('names folders that cannot be written to, disks that are nearly full, and a bucket that does not answer', async () => {
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
  const bucket = { storage: 's3', s3Bucket: 'letters', s3Endpoint: 'http://127.0.0.1:1' } as const;
  expect(await system.codes({ queues, set: bucket })).toEqual(['BUCKET_AWAY letters']);
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
  expect(await system.codes()).toContain('NO_STARTER the starters');
});
