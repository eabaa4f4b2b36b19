import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-postgres-test-')); // nobody else may go there
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

describe('the embedded Postgres', () => {
  test.skipIf(!isRoot)(
    'as root keeps its data elsewhere when its user cannot come to the folder (only root is in that case)',
    async () => {
      const dataDir = join(folder, 'postgres');
      const server = await startPostgres({ dataDir, logFile: join(folder, 'log'), port: await freePort() });
      expect(server.dataDir).not.toBe(dataDir);
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.end();
      await server.child.stop(20_000);
      await rm(server.dataDir, { recursive: true });
    },
  );

  test('makes its data anew after a first start that was interrupted', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'switchyard-postgres-test-'));
    await chmod(parent, 0o755);
    const dataDir = join(parent, 'postgres');
    await mkdir(join(dataDir, 'half-made'), { recursive: true });
    const server = await startPostgres({ dataDir, logFile: join(folder, 'log'), port: await freePort() });
    await server.child.stop(20_000);
    await rm(parent, { recursive: true });
  });
});
