import { describe, expect, test } from 'vitest';
import { createJobActivities } from '../../src/activities/jobs.ts';
import { inTransaction, type Pool } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/queues/claim-statements.ts';
import type { JobRun } from '../../src/queues/job.ts';
import { jobStatements } from '../../src/queues/statements.ts';
import { eachTestHasPool } from '../support/database.ts';
import { insertJob, readJob, testQueue } from '../support/jobs.ts';
import { recordingLogger } from '../support/logger.ts';

let pool: Pool;
let jobs: ReturnType<typeof createJobActivities>;
const { log, lines } = recordingLogger();
eachTestHasPool((opened) => {
  pool = opened;
  jobs = createJobActivities({ pool, queues: [testQueue()], workerId: 'worker-1', log });
  lines.length = 0;
});

const runOf = (jobId: string, ...runIds: string[]): JobRun => ({
  queue: 'invoices',
  jobId,
  requestId: null,
  runIds,
});
const inFlight = (run_id: string) => ({ status: 'processing', run_id, attempt: 1, started_at: new Date() });
const result = async () => ({ result_path: 'results/x.xml', result_bytes: 3, result_sha256: 'a'.repeat(64) });

describe('begin', () => {
  test('goes on a row in flight under this run', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    expect(await jobs.begin(runOf(id, 'r1'))).toMatchObject({ kind: 'mine', attempt: 1 });
  });

  test('goes on a row that names the first run of the chain: a reset keeps it', async () => {
    const id = await insertJob(pool, inFlight('first'));
    expect(await jobs.begin(runOf(id, 'reset', 'first'))).toMatchObject({ kind: 'mine' });
  });

  test('waits for the COMMIT of its claimer and then sees the truth', async () => {
    const id = await insertJob(pool);
    let begun: Promise<unknown> | undefined;
    let settled = false;
    await inTransaction(pool, async (tx) => {
      await tx.query(claimStatements(testQueue()).claim, [1, []]);
      begun = jobs.begin(runOf(id, 'r1')).finally(() => {
        settled = true;
      });
      await new Promise((done) => setTimeout(done, 150));
      expect(settled).toBe(false);
      await tx.query(jobStatements(testQueue()).markStarted, [[id], ['r1'], 'starter-1', 1000]);
    });
    expect(await begun).toMatchObject({ kind: 'mine', attempt: 1 });
    expect(await readJob(pool, id)).toMatchObject({ attempt: 1, leased_by: 'starter-1' });
  });

  test('takes over a row whose claim was rolled back, exactly as a claim marks it', async () => {
    const id = await insertJob(pool);
    expect(await jobs.begin(runOf(id, 'r1'))).toMatchObject({ kind: 'mine', attempt: 1 });
    expect(await readJob(pool, id)).toMatchObject({
      status: 'processing',
      run_id: 'r1',
      attempt: 1,
      leased_by: 'worker-1',
    });
  });

  test.each([
    ['in flight under another run', inFlight('r2')],
    ['set back to queued while this run was closing', { status: 'queued', run_id: 'r1' }],
    ['canceled', { status: 'canceled', run_id: 'r1' }],
  ])('leaves a row that is %s', async (_, fields) => {
    const id = await insertJob(pool, fields);
    const before = await readJob(pool, id);
    expect(await jobs.begin(runOf(id, 'r1'))).toEqual({ kind: 'superseded' });
    expect(await readJob(pool, id)).toEqual(before);
  });

  test('ends quietly when the row is gone', async () => {
    expect(await jobs.begin(runOf('00000000-0000-4000-8000-000000000000', 'r1'))).toEqual({
      kind: 'superseded',
    });
  });

  test('finds a job that an earlier try of this run completed', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    await jobs.complete(runOf(id, 'r1'), result);
    expect(await jobs.begin(runOf(id, 'r1'))).toEqual({ kind: 'complete' });
  });
});

describe('complete', () => {
  test('publishes and completes the row', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    expect(await jobs.complete(runOf(id, 'r1'), result)).toBe(true);
    expect(await readJob(pool, id)).toMatchObject({
      status: 'complete',
      result_path: 'results/x.xml',
      result_bytes: '3',
      leased_by: null,
      lease_expires_at: null,
    });
  });

  test('publishes nothing for a zombie, whose row belongs to its successor', async () => {
    const id = await insertJob(pool, inFlight('r2'));
    let published = false;
    const publish = () => {
      published = true;
      return result();
    };
    expect(await jobs.complete(runOf(id, 'r1'), publish)).toBe(false);
    expect(published).toBe(false);
    expect(await readJob(pool, id)).toMatchObject({ status: 'processing', run_id: 'r2', result_path: null });
  });

  test('leaves the row in flight when publishing fails', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    await expect(jobs.complete(runOf(id, 'r1'), () => Promise.reject(new Error('disk')))).rejects.toThrow(
      'disk',
    );
    expect(await readJob(pool, id)).toMatchObject({ status: 'processing' });
  });
});

describe('endJob', () => {
  test('fails the row with code and message', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    await jobs.endJob(runOf(id, 'r1'), { state: 'failed', errorCode: 'GW_4XX', errorMessage: 'no\0thing' });
    expect(await readJob(pool, id)).toMatchObject({
      status: 'failed',
      error_code: 'GW_4XX',
      error_message: 'nothing',
    });
  });

  test('cancels the row', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    await jobs.endJob(runOf(id, 'r1'), { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await readJob(pool, id)).toMatchObject({ status: 'canceled', error_code: null, leased_by: null });
  });

  test('tells a zombie that it is late, and changes nothing', async () => {
    const id = await insertJob(pool, inFlight('r2'));
    const before = await readJob(pool, id);
    await jobs.endJob(runOf(id, 'r1'), { state: 'failed', errorCode: 'GW_4XX', errorMessage: 'x' });
    expect(await readJob(pool, id)).toEqual(before);
    expect(lines.at(-1)).toMatchObject({ level: 40, jobId: id, queue: 'invoices' });
  });

  test('done twice says nothing the second time', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    const end = { state: 'failed', errorCode: 'GW_4XX', errorMessage: 'x' } as const;
    await jobs.endJob(runOf(id, 'r1'), end);
    const before = await readJob(pool, id);
    lines.length = 0;
    await jobs.endJob(runOf(id, 'r1'), end);
    expect(await readJob(pool, id)).toEqual(before);
    expect(lines).toEqual([]);
  });

  test('a job that finished in the same instant stays finished', async () => {
    const id = await insertJob(pool, inFlight('r1'));
    await jobs.complete(runOf(id, 'r1'), result);
    await jobs.endJob(runOf(id, 'r1'), { state: 'canceled', errorCode: null, errorMessage: null });
    expect(await readJob(pool, id)).toMatchObject({ status: 'complete' });
  });
});
