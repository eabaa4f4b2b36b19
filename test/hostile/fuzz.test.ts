import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTarget } from '../../chaos/fuzz/run-target.ts';
import { targets } from '../../chaos/fuzz/targets.ts';
import { createTestDatabase } from '../support/database.ts';

/** A short run of each target, the same for a day; `npm run fuzz` runs 100 000 cases, others each time. */
const seed = Math.floor(Date.now() / 86_400_000);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'switchyard-hostile-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test.each(targets.map((target) => [target.name, target.about, target] as const))(
  `%s holds, seed ${seed}: %s`,
  async (_name, _about, target) => {
    const place = { databaseUrl: database.url, folder };
    expect(await runTarget(target, place, { cases: target.shortCases, seed })).toBeUndefined();
  },
);
