import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { administer, asAdministrator, createEmptyDatabase } from '../../support/database.ts';
import { findPgBouncer, noteOf, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { startPlainWorker } from '../../support/plain-worker.ts';
import { connectTemporal } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';
import { switchyard } from '../../support/watched/command-line.ts';
import { runStock } from '../process/stock.ts';

const program = await findPgBouncer();
const note = noteOf(program);
const workflowsPath = fileURLToPath(new URL('../../support/watched/workflows.ts', import.meta.url));
const names = ['acme', 'globex'];
const id = '00000000-0000-4000-8000-000000000001';

describe.skipIf(program === undefined)(`two databases behind PgBouncer in transaction mode${note}`, () => {
  const taskQueue = `many-${randomUUID()}`;
  const pools: Pool[] = [];
  const urls: string[] = [];
  let bouncer: PgBouncer;
  let closeWorker: () => Promise<void>;
  let env: Record<string, string>;
  beforeAll(async () => {
    bouncer = await startPgBouncer(program ?? '', { mode: 'transaction', poolSize: 5 });
    const temporal = await connectTemporal();
    const stop = await startPlainWorker({ connection: temporal.connection, taskQueue, workflowsPath });
    closeWorker = async () => {
      await stop();
      await temporal.close();
    };
    for (const _ of names) {
      const { url } = await createEmptyDatabase();
      urls.push(url);
      pools.push(
        createPool({
          connectionString: asAdministrator(url),
          applicationName: 'test',
          max: 2,
          onError: () => undefined,
        }),
      );
    }
    const entries = names.map((name, i) => {
      const through = new URL(bouncer.through(urls[i] ?? ''));
      through.password = 'a password of some length';
      return `${name}=${through.href}`;
    });
    env = { DATABASES: entries.join('\n'), LOG_FORMAT: 'json' };
  });
  afterAll(async () => {
    await closeWorker();
    for (const pool of pools) await pool.end();
    await bouncer.stop();
    for (const url of urls) await administer(`DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
  });

  test('are migrated by one command, and served by one process, whose log names each and shows no password', async () => {
    const migrated = await switchyard(['migrate'], env);
    expect(migrated.code, migrated.stderr).toBe(0);
    for (const [i, pool] of pools.entries()) {
      await pool.query(`SELECT switchyard.create_queue('mail', workflow => 'echo', task_queue => $1)`, [
        taskQueue,
      ]);
      await pool.query(`SELECT switchyard.enqueue('mail', $1, id => $2)`, [JSON.stringify(names[i]), id]);
    }
    const starter = runStock(['start'], env);
    for (const [i, pool] of pools.entries()) {
      const row = await until(async () => {
        const { rows } = await pool.query('SELECT status, result, workflow_id FROM switchyard_jobs.mail');
        return rows[0]?.status === 'complete' && rows[0];
      });
      expect(row).toEqual({ status: 'complete', result: names[i], workflow_id: `${names[i]}/mail:${id}` });
      await until(async () => starter.said('job started', { database: names[i] ?? '' }));
    }
    starter.kill('SIGTERM');
    expect(await starter.ended).toBe(0);
    expect(JSON.stringify(starter.lines) + starter.errors() + migrated.stdout).not.toMatch(
      /a(%20| )password/,
    );
    expect(starter.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});
