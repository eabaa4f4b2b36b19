import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { verifyAccess, verifyQueue, verifyQueues } from '../../src/verify/queues.ts';
import { verifyWorker } from '../../src/verify/start.ts';
import { administer, asAdministrator } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';

const role = `access_${randomBytes(4).toString('hex')}`;
const keyed = lettersQueue({ key: { column: 'customer', claimIndex: 'letters_claim_by_key_idx' } });

let owner: Pool;
let pool: Pool;
let close: () => Promise<void>;
beforeEach(async () => {
  const database = await createLettersDatabase();
  await administer(`CREATE ROLE ${role} LOGIN PASSWORD 'access'`);
  const as = new URL(database.url);
  Object.assign(as, { username: role, password: 'access' });
  const open = (connectionString: string) =>
    createPool({ connectionString, applicationName: 'test', max: 2, onError: () => undefined });
  owner = open(asAdministrator(database.url));
  pool = open(as.href);
  await owner.query(`GRANT SELECT, UPDATE ON letters TO ${role}`);
  close = async () => {
    await pool.end();
    await owner.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}`);
    await owner.end();
    await database.drop();
    await administer(`DROP ROLE ${role}`);
  };
});
afterEach(() => close());

const rls = 'ALTER TABLE letters ENABLE ROW LEVEL SECURITY; ';

describe('a role that may use the table', () => {
  test.each([
    ['by its rights alone', ''],
    [
      'by rights on all columns, and none on the table',
      `DO $$ BEGIN
         EXECUTE 'REVOKE ALL ON letters FROM ${role}';
         EXECUTE (SELECT format('GRANT SELECT (%1$s), UPDATE (%1$s) ON letters TO ${role}', string_agg(quote_ident(attname), ', '))
                    FROM pg_attribute WHERE attrelid = 'letters'::regclass AND attnum > 0);
       END $$`,
    ],
    [
      'past row-level security, by a policy for all rows',
      `${rls} CREATE POLICY p ON letters TO ${role} USING (true)`,
    ],
    [
      'past row-level security, by a policy for each command',
      `${rls} CREATE POLICY r ON letters FOR SELECT USING (true); CREATE POLICY w ON letters FOR UPDATE USING (true)`,
    ],
    ['past row-level security, by its BYPASSRLS', `${rls} ALTER ROLE ${role} BYPASSRLS`],
    ['past a trigger that runs always', 'ALTER TABLE letters ENABLE ALWAYS TRIGGER switchyard_before_update'],
  ])('%s, is taken', async (_, change) => {
    await owner.query(change);
    await expect(verifyQueue(pool, keyed)).resolves.toBeUndefined();
    await expect(verifyAccess(pool, keyed)).resolves.toBeUndefined();
  });
});

describe('a queue whose rows cannot be seen or changed is refused, for', () => {
  const priority = 'ALTER TABLE letters ALTER priority DROP NOT NULL';
  const cases: [string, string, RegExp][] = [
    [
      'row-level security without a policy',
      rls,
      new RegExp(
        `row-level security of public.letters hides rows from role "${role}"[\\s\\S]*CREATE POLICY switchyard ON public.letters TO "${role}" USING \\(true\\), or ALTER ROLE "${role}" BYPASSRLS`,
      ),
    ],
    [
      'a policy of some rows',
      `${rls} CREATE POLICY p ON letters USING (customer = current_user)`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'a policy that shows all rows and lets none be changed',
      `${rls} CREATE POLICY p ON letters FOR SELECT USING (true)`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'row-level security that is forced upon the owner',
      `${rls} ALTER TABLE letters OWNER TO ${role}; ALTER TABLE letters FORCE ROW LEVEL SECURITY`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'a schema that it may not use',
      'REVOKE USAGE ON SCHEMA public FROM PUBLIC',
      new RegExp(
        `role "${role}" may not use the schema of public\\.letters; GRANT USAGE ON SCHEMA "public" TO "${role}"`,
      ),
    ],
    [
      'a policy of another role',
      `${rls} CREATE POLICY p ON letters TO pg_monitor USING (true)`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'a restrictive policy beside one for all rows',
      `${rls} CREATE POLICY p ON letters USING (true); CREATE POLICY q ON letters AS RESTRICTIVE USING (customer IS NOT NULL)`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'a policy that shows all rows and lets few be changed',
      `${rls} CREATE POLICY p ON letters USING (true) WITH CHECK (customer IS NOT NULL)`,
      /row-level security of public\.letters hides rows/,
    ],
    [
      'a missing SELECT',
      `REVOKE SELECT ON letters FROM ${role}`,
      /may not SELECT id, status.*GRANT SELECT, UPDATE ON/,
    ],
    [
      'a missing UPDATE of one column',
      `REVOKE UPDATE ON letters FROM ${role}; GRANT UPDATE (status, run_id) ON letters TO ${role}`,
      /may not UPDATE .*attempt.* of public\.letters/,
    ],
    [
      'a disabled trigger',
      'ALTER TABLE letters DISABLE TRIGGER switchyard_after_update',
      /the triggers switchyard_after_update of public\.letters are missing or disabled/,
    ],
    [
      'a trigger that runs in replication alone',
      'ALTER TABLE letters ENABLE REPLICA TRIGGER switchyard_before_update',
      /the triggers switchyard_before_update of/,
    ],
    [
      'triggers that were dropped',
      'DROP TRIGGER switchyard_after_insert ON letters; DROP TRIGGER switchyard_before_update ON letters',
      /the triggers switchyard_before_update, switchyard_after_insert of/,
    ],
    [
      'a session whose triggers do not run',
      `ALTER ROLE ${role} SET session_replication_role = 'replica'`,
      new RegExp(`session_replication_role is "replica" for role "${role}".*RESET session_replication_role`),
    ],
    [
      'an unlogged table',
      'ALTER TABLE letter_copies SET UNLOGGED; ALTER TABLE letters SET UNLOGGED',
      /SET LOGGED/,
    ],
    [
      'a table that another one inherits',
      'CREATE TABLE more () INHERITS (letters)',
      /inherits from or to another table/,
    ],
    [
      'a rule on its updates',
      'CREATE RULE no AS ON UPDATE TO letters WHERE OLD.priority < 0 DO INSTEAD NOTHING',
      /has the rule "no".*DROP RULE "no" ON public\.letters/,
    ],
    [
      'a priority that may be NULL, with the rows that have none',
      `${priority}; INSERT INTO letters (enclosure, priority) VALUES ('a.txt', NULL), ('b.txt', NULL)`,
      /"priority", which may be NULL.*2 rows have none: UPDATE public\.letters SET "priority" = 0.*SET NOT NULL/,
    ],
    [
      'a view in place of the table',
      `ALTER TABLE letters RENAME TO old_letters; CREATE VIEW letters AS SELECT * FROM old_letters; GRANT SELECT, UPDATE ON letters TO ${role}`,
      /public\.letters is a view; a queue needs an ordinary table/,
    ],
  ];
  test.each(cases)('%s', async (_, change, sentence) => {
    await owner.query(change);
    await expect(verifyQueue(pool, keyed)).rejects.toThrow(sentence);
    await expect(verifyAccess(pool, keyed)).rejects.toThrow(sentence);
  });

  test('several of these, of several queues, all at once', async () => {
    await owner.query(`${rls} ${priority}; ALTER TABLE letters DISABLE TRIGGER ALL`);
    const both = verifyQueues(pool, [keyed, lettersQueue({ name: 'others' })]);
    await expect(both).rejects.toThrow(
      /Queue "\w+"[\s\S]*missing or disabled[\s\S]*may be NULL[\s\S]*Queue "others"[\s\S]*row-level security/,
    );
  });
});

describe('a worker', () => {
  const others = lettersQueue({ name: 'others' });

  test('looks at queues whose jobs it does not do for hidden rows alone', async () => {
    await owner.query(
      `GRANT switchyard_worker TO ${role}; REVOKE UPDATE ON letters FROM ${role}, switchyard_worker`,
    );
    await expect(verifyAccess(pool, others)).rejects.toThrow(/may not UPDATE/);
    await expect(verifyWorker(pool, { served: [], all: [others] })).resolves.toBeUndefined();
    await owner.query('ALTER TABLE letters ENABLE ROW LEVEL SECURITY');
    await expect(verifyWorker(pool, { served: [], all: [others] })).rejects.toThrow(
      /Queue "others"[\s\S]*row-level security of public\.letters hides rows/,
    );
  });

  test('looks for the columns that it writes, and not at what serves the claims', async () => {
    await owner.query('DROP INDEX letters_claim_idx');
    await expect(verifyAccess(pool, others)).resolves.toBeUndefined();
    await owner.query('ALTER TABLE letters DROP COLUMN result_bytes');
    await expect(verifyAccess(pool, others)).rejects.toThrow('resultColumns names "result_bytes"');
  });
});

test('a row without a priority goes where nothing goes by keys, and after all that have one', async () => {
  await owner.query('ALTER TABLE letters ALTER priority DROP NOT NULL');
  const { key: _, ...first } = lettersQueue();
  await expect(verifyQueue(pool, first)).resolves.toBeUndefined();
});
