import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import { type Postgres, startPostgres } from '../../../server/dev/postgres.ts';
import { startPlainWorker } from '../../support/plain-worker.ts';
import { connectTemporal } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';
import { switchyard } from '../../support/watched/command-line.ts';
import { runStock, type StockProcess } from './stock.ts';

const run = promisify(execFile);
const workflowsPath = fileURLToPath(new URL('../../support/watched/workflows.ts', import.meta.url));

/** A Postgres of Debian with its tools, which the embedded one has not. */
const installation = globSync('/usr/lib/postgresql/*')
  .toSorted()
  .findLast((folder) =>
    ['postgres', 'pg_dump', 'pg_restore'].every((tool) => existsSync(join(folder, 'bin', tool))),
  );

// Skipped where the machine has no pg_dump with a server of its version.
describe.skipIf(installation === undefined)('a dump that is restored in place of the database', () => {
  const taskQueue = `restore-${randomUUID()}`;
  const environment = () => ({ DATABASE_URL: server.url, TASK_QUEUE: `switchyard-${randomUUID()}` });
  let folder: string;
  let server: Postgres;
  let temporal: Awaited<ReturnType<typeof connectTemporal>>;
  let stopWorker: () => Promise<void>;
  let starter: StockProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-restore-'));
    await chmod(folder, 0o755);
    const port = await freePort();
    server = await startPostgres({
      dataDir: join(folder, 'data'),
      logFile: join(folder, 'log'),
      port,
      installation,
    });
    temporal = await connectTemporal();
    stopWorker = await startPlainWorker({ connection: temporal.connection, taskQueue, workflowsPath });
  });
  afterAll(async () => {
    starter?.kill('SIGKILL');
    await starter?.ended;
    await stopWorker();
    await temporal.close();
    await server.child.stop(20_000);
    await rm(folder, { recursive: true });
  });

  async function sql<Row extends object = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
    database = 'switchyard',
  ) {
    const client = new pg.Client({ connectionString: server.url.replace(/switchyard$/, database) });
    await client.connect();
    try {
      return (await client.query<Row & Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }
  const enqueue = async (queue: string, input: unknown): Promise<string> =>
    String((await sql('SELECT switchyard.enqueue($1, $2) AS id', [queue, JSON.stringify(input)]))[0]?.['id']);
  const job = async (queue: string, id: string) =>
    (await sql(`SELECT status, attempt, result FROM switchyard_jobs.${queue} WHERE id = $1`, [id]))[0];
  const becomes = (queue: string, id: string, status: string) =>
    until(async () => (await job(queue, id))?.['status'] === status);
  const workflow = (queue: string, id: string) => temporal.client.workflow.getHandle(`${queue}:${id}`);
  const start = () => {
    starter = runStock(['start', 'starter'], environment());
    return starter;
  };
  const dump = () => join(folder, 'switchyard.dump');
  const tool = (name: string, ...args: string[]) => run(join(installation ?? '', 'bin', name), args);

  test('is refused until somebody says that it replaces it; then each job goes on, and none is done twice', async () => {
    const migrated = await switchyard(['migrate'], { databaseUrl: server.url });
    expect(migrated.code, migrated.stderr).toBe(0);
    for (const [queue, type] of [
      ['mail', 'echo'],
      ['slow', 'collectSignals'],
    ])
      await sql('SELECT switchyard.create_queue($1, workflow => $2, task_queue => $3)', [
        queue,
        type,
        taskQueue,
      ]);
    const first = start();
    const ended = await enqueue('mail', 'ended');
    await becomes('mail', ended, 'complete');
    const [endsLater, stays] = [await enqueue('slow', { count: 1 }), await enqueue('slow', { count: 1 })];
    await becomes('slow', endsLater, 'processing');
    await becomes('slow', stays, 'processing');
    await sql(`SELECT switchyard.pause_queue('mail', 'a backup')`);
    const waits = await enqueue('mail', 'waits');
    await tool('pg_dump', '--format=custom', '--file', dump(), server.url);

    // What happens between the backup and the disaster.
    await workflow('slow', endsLater).signal('approve', 'Ada');
    await becomes('slow', endsLater, 'complete');
    await sql(`SELECT switchyard.resume_queue('mail')`);
    await becomes('mail', waits, 'complete');
    const { runId } = await workflow('mail', waits).describe();
    const lost = await enqueue('slow', { count: 1 });
    await becomes('slow', lost, 'processing');

    first.kill('SIGTERM');
    await first.ended;
    await sql('DROP DATABASE switchyard WITH (FORCE)', [], 'postgres');
    await sql('CREATE DATABASE switchyard', [], 'postgres');
    await tool('pg_restore', '--exit-on-error', '--dbname', server.url, dump());

    const refused = start();
    expect(await refused.ended).toBe(1);
    expect(refused.errors()).toMatch(/is a copy, or it was moved[\s\S]*switchyard identity keep/);
    expect(await job('slow', endsLater)).toMatchObject({ status: 'processing' });
    const kept = await switchyard(['identity', 'keep'], { databaseUrl: server.url });
    expect([kept.code, kept.stdout]).toEqual([0, expect.stringContaining('goes on at')]);

    start();
    await becomes('slow', endsLater, 'complete'); // it ended while the database did not know of it
    expect(await job('slow', endsLater)).toEqual({ status: 'complete', attempt: 1, result: ['Ada'] });
    await workflow('slow', stays).signal('approve', 'Bob');
    await becomes('slow', stays, 'complete');
    await sql(`SELECT switchyard.resume_queue('mail')`);
    await becomes('mail', waits, 'complete');
    expect(await job('mail', waits)).toEqual({ status: 'complete', attempt: 1, result: 'waits' });
    expect((await workflow('mail', waits).describe()).runId).toBe(runId); // found again, and not started anew
    expect(await job('mail', ended)).toEqual({ status: 'complete', attempt: 1, result: 'ended' });
    // Nobody knows of it any more but Temporal: minutes later the starter asks it to cancel.
    expect(await job('slow', lost)).toBeUndefined();
    await workflow('slow', lost).terminate();
  });
});
