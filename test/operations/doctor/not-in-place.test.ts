import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '../../../src/operations/doctor/doctor.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { createTestDatabase, onServer } from '../../support/database.ts';
import { lettersTemplate } from '../../support/database-name.ts';
import { findPgBouncer, noteOf, startPgBouncer } from '../../support/pgbouncer.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase(lettersTemplate);
});
afterAll(() => database.drop());

const codes = async (databaseUrl: string) =>
  (await diagnose({ settings: withDefaults({ databaseUrl }), queues: [] })).findings.map(({ code }) => code);

/** What is found now and was not before: nobody serves this database. */
async function alsoFound(url: string, before: readonly string[]): Promise<string[]> {
  return (await codes(url)).filter((code) => !before.includes(code));
}

test('names a database that is a copy', async () => {
  const before = await codes(database.url);
  await onServer(database.url, (client) =>
    client.query(`UPDATE switchyard.database_identity SET place = 'elsewhere'`),
  );
  expect(await alsoFound(database.url, before)).toEqual(['DATABASE_IS_COPY']);
  await onServer(database.url, (client) =>
    client.query('UPDATE switchyard.database_identity SET place = switchyard.database_place()'),
  );
});

const command = await findPgBouncer();

test.skipIf(command === undefined)(`names a pooler that drops notifications${noteOf(command)}`, async () => {
  const before = await codes(database.url);
  const bouncer = await startPgBouncer(command ?? '', { mode: 'transaction', poolSize: 5 });
  try {
    expect(await alsoFound(bouncer.through(database.url), before)).toEqual(['POOLER_WITHOUT_DIRECT_URL']);
  } finally {
    await bouncer.stop();
  }
});
