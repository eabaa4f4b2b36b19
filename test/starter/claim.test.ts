import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { jobStatements } from '../../src/sql/job.ts';
import { ClaimMemory, claimJobs } from '../../src/starter/claim.ts';
import type { ClaimedJob, StartAnswer } from '../../src/starter/claimed-job.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const startAll = async (job: ClaimedJob): Promise<StartAnswer> => ({
  kind: 'started',
  runId: `run of ${job.id}`,
});

function claim(
  options: {
    queue?: QueueDefinition;
    start?: (job: ClaimedJob) => Promise<StartAnswer>;
    passOver?: string[];
  } = {},
) {
  const queue = options.queue ?? lettersQueue();
  return claimJobs({
    pool,
    queue,
    statements: { ...jobStatements(queue), ...claimStatements(queue) },
    startedBy: 'starter-1',
    passOver: options.passOver ?? [],
    memory: new ClaimMemory(),
    start: options.start ?? startAll,
  });
}

describe('a claim', () => {
  test('marks what it started: in flight, its run, one attempt more, who, until when', async () => {
    const id = await insertLetter(pool);
    const { started } = await claim();
    expect(started).toEqual([{ id, attempt: 1, requestId: null }]);
    const row = await readLetter(pool, id);
    expect(row).toMatchObject({
      status: 'processing',
      run_id: `run of ${id}`,
      attempt: 1,
      started_by: 'starter-1',
    });
    expect(row.started_at).toBeInstanceOf(Date);
    expect(row.deadline?.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  test('starts a row whose attempts are at the limit of their column, and those beside it', async () => {
    const worn = await insertLetter(pool, { attempt: 2_147_483_647 });
    const fresh = await insertLetter(pool);
    expect((await claim()).started.map(({ id }) => id).toSorted()).toEqual([worn, fresh].toSorted());
    expect(await readLetter(pool, worn)).toMatchObject({ status: 'processing', attempt: 2_147_483_647 });
  });

  test('goes by priority, lower first, then first in first out', async () => {
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    const late = await insertLetter(pool, { created_at: at(2) });
    const early = await insertLetter(pool, { created_at: at(1) });
    const urgent = await insertLetter(pool, { created_at: at(3), priority: -1 });
    const idle = await insertLetter(pool, { created_at: at(0), priority: 5 });
    const order: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { started } = await claim({ queue: lettersQueue({ batch: 1 }) });
      order.push(...started.map((job) => job.id));
    }
    expect(order).toEqual([urgent, early, late, idle]);
  });

  test('leaves a row as it was when Temporal refuses its start, and starts the others', async () => {
    const bad = await insertLetter(pool);
    const good = await insertLetter(pool);
    const refusal = new Error('resource exhausted');
    const claimed = await claim({
      start: (job) => (job.id === bad ? Promise.reject(refusal) : startAll(job)),
    });
    expect(claimed.left).toEqual([{ id: bad, attempt: 0, refusals: 0, why: 'not started', error: refusal }]);
    expect(await readLetter(pool, bad)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
    expect(await readLetter(pool, good)).toMatchObject({ status: 'processing', attempt: 1 });
  });

  test('leaves a row whose old run is still closing', async () => {
    const id = await insertLetter(pool, { run_id: 'old run', attempt: 1 });
    const claimed = await claim({ start: async () => ({ kind: 'closing' }) });
    expect(claimed).toMatchObject({ started: [], left: [{ id, why: 'closing' }] });
    expect(await readLetter(pool, id)).toMatchObject({ status: 'queued', attempt: 1, run_id: 'old run' });
  });

  test('that loses its connection before COMMIT leaves every row queued', async () => {
    const id = await insertLetter(pool);
    const cut = async (job: ClaimedJob) => {
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return startAll(job);
    };
    await expect(claim({ start: cut })).rejects.toThrow();
    expect(await readLetter(pool, id)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
    expect((await claim()).started).toHaveLength(1);
  });

  test('never takes a row that another holds, and starts each row once', async () => {
    for (let i = 0; i < 40; i++) await insertLetter(pool);
    const starts: string[] = [];
    const slowly = async (job: ClaimedJob) => {
      starts.push(job.id);
      await new Promise((done) => setTimeout(done, 20));
      return startAll(job);
    };
    const queue = { ...lettersQueue({ batch: 10 }), maxInFlight: null };
    await Promise.all([1, 2, 3, 4].map(() => claim({ queue, start: slowly })));
    expect(starts).toHaveLength(40);
    expect(new Set(starts).size).toBe(40);
  });

  test('holds the limit in flight over many starters at once', async () => {
    for (let i = 0; i < 60; i++) await insertLetter(pool);
    const queue = lettersQueue({ batch: 10, maxInFlight: 25 });
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim({ queue })));
    expect(claims.flatMap(({ started }) => started)).toHaveLength(25);
    expect(claims.some(({ heldBy }) => heldBy === 'full')).toBe(true);
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM letters WHERE status = 'processing'`);
    expect(rows[0].n).toBe(25);
  });

  test('passes over the rows it is told to', async () => {
    const stuck = await insertLetter(pool);
    const next = await insertLetter(pool);
    const { started } = await claim({ passOver: [stuck] });
    expect(started.map((job) => job.id)).toEqual([next]);
  });

  test('reads only the claim index, however many rows have ended', async () => {
    await pool.query(
      `INSERT INTO letters (enclosure, status, result_path, result_bytes, result_sha256, completed_at)
       SELECT 'a.txt', 'complete', 'r', 1, repeat('0', 64), now() FROM generate_series(1, 5000)`,
    );
    await pool.query('ANALYZE letters');
    const plan = async (statement: string | undefined) => {
      const text = `EXPLAIN ${statement}`
        .replaceAll('$1', '10')
        .replaceAll('$2', "'{}'")
        .replaceAll('$3', 'NULL');
      return JSON.stringify((await pool.query(text)).rows);
    };
    const { claim: full, claimFrom } = claimStatements(lettersQueue());
    for (const statement of [full, claimFrom]) {
      expect(await plan(statement)).toContain('Index Scan using letters_claim_idx');
      expect(await plan(statement)).not.toContain('Sort');
    }
    expect(await plan(claimFrom)).toMatch(/Index Cond: \(ROW\(/);
  });
});

describe('a row set back to queued', () => {
  test('starts clean and keeps its run, so that the old one is told apart', async () => {
    const id = await insertLetter(pool);
    await claim();
    await pool.query(
      `UPDATE letters SET status = 'failed', error_code = 'CARRIER_AWAY', error_message = 'x', failed_at = now(),
              started_by = NULL, deadline = NULL WHERE id = $1`,
      [id],
    );
    await pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1`, [id]);
    expect(await readLetter(pool, id)).toMatchObject({
      status: 'queued',
      error_code: null,
      run_id: `run of ${id}`,
    });
  });
});
