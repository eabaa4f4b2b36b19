import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { requireSchema } from '../../src/verify/schema.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const ran = (name: string) =>
  pool.query('INSERT INTO switchyard.migrations (name, run_on) VALUES ($1, now())', [name]);
const warningsOf = async () => {
  const { log, lines } = recordingLogger();
  await requireSchema(pool, log);
  return lines.map(({ msg, migrations }) => ({ msg, migrations }));
};

describe('a process', () => {
  test('says nothing of the schema of its own version, whatever applications have migrated', async () => {
    await ran('01_of-an-application');
    expect(await warningsOf()).toEqual([]);
  });

  test('does not run on an older schema, and says what to do', async () => {
    await pool.query(`DELETE FROM switchyard.migrations WHERE name = '28_history'`);
    await expect(requireSchema(pool, silentLogger)).rejects.toThrow(
      /older than this version .* needs: 28_history\. Run `switchyard migrate`/,
    );
  });

  test('goes on on a later schema that fits it, and says that it is later', async () => {
    await ran('97_of-a-later-version');
    expect(await warningsOf()).toEqual([
      {
        msg: 'the database was migrated by a later version, whose schema fits this one too',
        migrations: ['97_of-a-later-version'],
      },
    ]);
  });

  test('does not run on a later schema that no longer fits it', async () => {
    await ran('97_of-a-later-version');
    await pool.query(`INSERT INTO switchyard.required_migrations (name) VALUES ('97_of-a-later-version')`);
    await expect(requireSchema(pool, silentLogger)).rejects.toThrow(
      /no longer fits this one, which does not know: 97_of-a-later-version/,
    );
  });

  test('runs on a schema that needs migrations which it knows', async () => {
    await pool.query(`INSERT INTO switchyard.required_migrations (name) VALUES ('28_history')`);
    expect(await warningsOf()).toEqual([]);
  });
});
