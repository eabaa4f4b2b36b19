import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobs } from '../../../src/cli/jobs.ts';
import { objectives } from '../../../src/cli/objectives.ts';
import { redrive } from '../../../src/cli/redrive.ts';
import { watch } from '../../../src/cli/watch.ts';
import type { JobDetail, JobEvent, JobSummary, WaitReason } from '../../../src/operations/views.ts';
import { switchyard, switchyardJson } from '../../support/watched/command-line.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
beforeAll(async () => {
  yard = await openWatchedYard();
  await yard.createQueue('mails', 'echo', { id_type: 'bigint' });
  await yard.createQueue('notes', 'echo', { id_type: 'bigint' });
});
afterAll(() => yard.close());

const env = () => ({ databaseUrl: yard.databaseUrl, TEMPORAL_UI_URL: 'http://temporal.test/' });
const run = (...args: string[]) => switchyard(args, env());
const json = <T>(...args: string[]) => switchyardJson<T>(args, env());

let nextId = 100;
/** A job of the queue in this state; answers its id. */
async function insert(
  status: 'queued' | 'processing' | 'failed' | 'complete',
  fields: { queue?: string; message?: string; key?: string } = {},
) {
  const id = String(++nextId);
  const { queue = 'mails', message = null, key = null } = fields;
  await yard.pool.query(
    `INSERT INTO switchyard_jobs.${queue} (id, workflow_id, key) VALUES ($1::bigint, 'w' || $1::bigint, $2)`,
    [id, key],
  );
  if (status === 'queued') return id;
  await yard.pool.query(
    `UPDATE switchyard_jobs.${queue} SET status = 'processing', run_id = 'run', attempt = 1, started_at = now() WHERE id = $1`,
    [id],
  );
  if (status === 'processing') return id;
  await yard.pool.query(
    `UPDATE switchyard_jobs.${queue}
        SET status = $2, error_code = CASE $2 WHEN 'failed' THEN 'NO_ADDRESS' END, error_message = $3,
            failed_at = CASE $2 WHEN 'failed' THEN now() END, completed_at = CASE $2 WHEN 'complete' THEN now() END
      WHERE id = $1`,
    [id, status, message],
  );
  return id;
}

test('jobs lists those that match, with a cursor where there are more', async () => {
  const [one, other] = [await insert('failed', { key: 'ann' }), await insert('failed', { key: 'ann' })];
  await insert('failed', { key: 'bob' });

  const first = await json<{ jobs: JobSummary[]; nextCursor: string }>(
    ...['jobs', 'mails', '--status', 'failed', '--key', 'ann', '--limit', '1'],
  );
  const second = await json<{ jobs: JobSummary[] }>(
    ...['jobs', 'mails', '--status', 'failed', '--key', 'ann', '--cursor', first.nextCursor],
  );

  expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual([other, one]);
  expect(await json('jobs', 'mails', '--column', 'key=ann', '--count')).toMatchObject({
    count: 2,
    more: false,
  });
});

test('job shows the row, its history, what it waits for, and the link to Temporal', async () => {
  const id = await insert('failed', { message: 'no \x1b[31m such \u202e address' });

  const whole = await json<{ job: JobDetail; events: JobEvent[] }>('job', id);
  const { stdout } = await run('job', 'mails', id);

  expect(whole.job).toMatchObject({
    queue: 'mails',
    id,
    status: 'failed',
    error: { code: 'NO_ADDRESS' },
    waits: [],
  });
  expect(whole.events.map(({ to }) => to)).toEqual(['queued', 'processing', 'failed']);
  expect(whole.job.temporalUrl).toBe(`http://temporal.test/namespaces/default/workflows/w${id}/run/history`);
  expect(stdout).toContain(whole.job.temporalUrl ?? '');
  expect(stdout).toContain('no \\u001b[31m such \\u202e address');
  for (const sign of ['\u001b', '\u202e']) expect(stdout).not.toContain(sign);
});

test('colours are for terminals, and never with NO_COLOR', async () => {
  const id = await insert('failed');
  const coloured = await switchyard(['job', id], { ...env(), FORCE_COLOR: '1' });
  expect(coloured.stdout).toContain('\u001b[31mfailed');
  for (const off of [{}, { NO_COLOR: '1' }]) {
    expect((await switchyard(['job', id], { ...env(), ...off })).stdout).not.toContain('\u001b');
  }
});

test('why names the reasons, and what to do about them', async () => {
  const id = await insert('queued');

  const { waits } = await json<{ waits: WaitReason[] }>('why', id);

  expect(waits.map(({ code }) => code)).toEqual(['NO_STARTER', 'NO_WORKER']);
  expect((await run('why', id)).stdout).toContain('→ switchyard start');
});

test('an id that several queues have asks for the queue', async () => {
  const id = await insert('queued');
  await yard.pool.query(`INSERT INTO switchyard_jobs.notes (id, workflow_id) VALUES ($1, 'n')`, [id]);

  const { code, stderr } = await run('job', id);

  expect(code).toBe(2);
  expect(stderr).toContain(`several queues have a job "${id}": mails, notes; name one of them before it`);
});

test.each([
  [
    ['jobs', 'mials'],
    3,
    'there is no queue "mials"; known are letters, mails, notes, redrives, webhooks; did you mean "mails"?',
  ],
  [['job', 'mails', '99999'], 3, 'the queue mails has no job "99999"'],
  [['job', '99999'], 3, 'no queue has a job "99999"'],
  [['why', 'mails', 'abc'], 2, 'the id of a job of queue mails is a whole number; got "abc"'],
  [
    ['jobs', 'mails', '--status', 'fialed'],
    2,
    '--status must be of queued, delayed, processing, parked, complete, failed, canceled, other; got "fialed"; did you mean "failed"?',
  ],
  [['jobs', 'mails', '--stauts', 'failed'], 2, 'did you mean "--status"?'],
  [['jobs', 'mails', '--column', 'nope=1'], 2, 'nope'],
  [['pause', '--system', 'gateway', '--reason', 'x'], 3, 'no queue needs a system "gateway"'],
  [['redrive', 'show', '77'], 3, 'there is no redrive 77'],
  [
    ['redrive', 'start', 'mails', '--reason', 'x'],
    2,
    'there is no terminal to ask on: --yes goes on without',
  ],
  [['jobs', 'mails', '--created-after', 'yesterday'], 2, '--created-after must be a time'],
] as const)('%j ends with %i and says what is wrong', async (args, code, words) => {
  const ended = await run(...args);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
  expect(ended.stderr).toContain(words);
});

test.each([
  [() => jobs.run([]), 'QUEUE is missing'],
  [() => watch.run([]), 'QUEUE is missing'],
  [
    () => objectives.run(['mails', '--waiting', '31536001']),
    '--waiting must be a number above 0 and at most 31536000, or none; got "31536001"',
  ],
  [
    () => objectives.run(['mails', '--total', '9', '--percent', '100']),
    '--percent must be a number above 0 and at most 99.9999; got "100"',
  ],
  [
    () => redrive.run(['begin']),
    'redrive goes with start, list, show, pause, resume, cancel; there is no redrive "begin"',
  ],
  [
    () => redrive.run(['start', 'mails', '--rate', '0', '--reason', 'x']),
    '--rate must be a whole number from 1 to 1000; got "0"',
  ],
])('a usage error says %#', async (call, words) => {
  await expect(call()).rejects.toThrow(words);
});

test('watch ends by how the job ended', async () => {
  const failed = await insert('failed');
  expect(await run('watch', 'mails', failed)).toMatchObject({
    code: 10,
    stdout: expect.stringContaining('NO_ADDRESS'),
  });
  const complete = await insert('complete');
  const { code, stdout } = await run('watch', 'mails', complete, '--json');
  expect(code).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JobEvent);
  expect(events.map(({ to }) => to)).toEqual(['queued', 'processing', 'complete']);
});

test('watch waits for the end of a job that runs', async () => {
  const id = await insert('queued');
  const watching = run('watch', 'mails', id);
  await run('cancel', 'mails', id);
  expect(await watching).toMatchObject({ code: 11, stdout: expect.stringContaining('queued → canceled') });
});

test('cancel, retry and signal change a job by the name of who typed them', async () => {
  const id = await insert('queued');

  expect(await json('cancel', id)).toMatchObject({ id, status: 'canceled' });
  expect(await json('retry', 'mails', id, '--input', '{"to": "ann"}')).toMatchObject({
    status: 'queued',
    input: { to: 'ann' },
  });
  await json('signal', 'mails', id, 'approve', '--arg', '1', '--arg', '"two"');

  const { rows } = await yard.pool.query(
    `SELECT name, args, created_by FROM switchyard.signals WHERE job_id = $1`,
    [id],
  );
  expect(rows).toEqual([
    { name: 'approve', args: [1, 'two'], created_by: expect.stringMatching(/^cli \S+@\S+$/) },
  ]);
  const { events } = await json<{ events: JobEvent[] }>('job', id);
  expect(events.at(-1)?.actor).toMatch(/^cli \S+@\S+$/);
});

test('retry of a job that runs is refused with 4', async () => {
  const id = await insert('processing');
  const { code, stdout, stderr } = await run('retry', 'mails', id);
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toContain('cannot be retried: it is processing');
});

test('pause, resume and limits steer a queue and its keys', async () => {
  expect(await json('pause', 'mails', '--key', 'ann', '--reason', 'owes')).toMatchObject({
    scope: 'key',
    key: 'ann',
    reason: 'owes',
  });
  expect(await json('resume', 'mails', '--key', 'ann')).toEqual({ resumed: true });
  expect(await json('resume', 'mails', '--key', 'ann')).toEqual({ resumed: false });
  await json('limits', 'mails', '--in-flight', '7', '--fair', 'no');
  await json('limits', 'mails', '--key', 'ann', '--in-flight', '2');
  expect(await json('limits', 'mails', '--rate', '0.5')).toMatchObject({
    limits: { inFlight: 7, inFlightPerKey: null, startsPerSecond: 0.5, fair: false },
    keys: [{ key: 'ann', inFlight: 2 }],
  });
  await json('limits', 'mails', '--key', 'ann', '--in-flight', 'none');
  expect(await json('limits', 'mails', '--in-flight', 'none')).toMatchObject({
    limits: { inFlight: null, startsPerSecond: 0.5 },
    keys: [],
  });
});

test('redrive shows what it would take, starts, and is paused and canceled', async () => {
  await insert('failed', { queue: 'notes', message: 'gone' });
  const filter = ['notes', '--code', 'NO_ADDRESS', '--message', 'GONE'];

  expect(await json('redrive', 'start', ...filter, '--preview')).toMatchObject({
    count: 1,
    more: false,
    sample: [{ error: { code: 'NO_ADDRESS' } }],
  });
  const made = await json<{ id: string }>(
    'redrive',
    'start',
    ...filter,
    '--reason',
    'back',
    '--rate',
    '3',
    '--yes',
  );
  expect(made).toMatchObject({ queue: 'notes', perSecond: 3, createdBy: expect.stringMatching(/^cli /) });
  expect(await json('redrive', 'pause', made.id)).toMatchObject({ paused: true });
  expect(await json('redrive', 'cancel', made.id)).toMatchObject({ status: 'canceled' });
  expect((await run('redrive', 'resume', made.id)).code).toBe(4);
  expect(await json('redrive', 'list')).toMatchObject({ redrives: [{ id: made.id }] });
});

test('redrive cancels jobs that wait, and takes no state of the other action', async () => {
  await insert('queued', { queue: 'notes', key: 'sold twice' });
  const cancel = ['redrive', 'start', 'notes', '--action', 'cancel', '--key', 'sold twice'];

  expect(await json(...cancel, '--preview')).toMatchObject({ count: 1, sample: [{ status: 'queued' }] });
  expect(await json(...cancel, '--reason', 'sold twice', '--yes')).toMatchObject({
    action: 'cancel',
    states: ['queued', 'delayed'],
  });
  expect(await run(...cancel, '--status', 'failed', '--preview')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--status must be of queued, delayed to cancel; got "failed"'),
  });
});
