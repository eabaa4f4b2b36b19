import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { verifyApi, verifyStarter, verifyWorker } from '../../src/verify/start.ts';
import { administer } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { allLetterQueues } from '../support/letters/queue.ts';
import { createRoleLogins } from '../support/role-logins.ts';

const processes = ['starter', 'worker', 'api'] as const;
type Process = (typeof processes)[number];
const queues = allLetterQueues();

let owner: Pool;
let logins: Awaited<ReturnType<typeof createRoleLogins>>;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  logins = await createRoleLogins();
  const database = await createLettersDatabase();
  url = database.url;
  owner = open(url);
  close = async () => {
    await owner.end();
    await database.drop();
    await logins.drop();
  };
});
afterAll(() => close());

const open = (connectionString: string) =>
  createPool({ connectionString, applicationName: 'test', max: 1, onError: () => undefined });

const verify: Record<Process, (pool: Pool) => Promise<void>> = {
  starter: (pool) => verifyStarter(pool, queues),
  worker: (pool) => verifyWorker(pool, { served: queues, all: queues }),
  api: (pool) => verifyApi(pool, queues),
};

/** What a process whose role has the rights of its group says; '': it starts. */
async function said(process: Process): Promise<string> {
  const pool = open(logins.urlAs(process, url));
  try {
    return await verify[process](pool).then(
      () => '',
      (error: Error) => error.message,
    );
  } finally {
    await pool.end();
  }
}

async function without(process: Process, rights: string, object: string): Promise<string> {
  const everybody = object.startsWith('FUNCTION') ? ', PUBLIC' : '';
  await owner.query(`REVOKE ${rights} ON ${object} FROM switchyard_${process}${everybody}`);
  const words = await said(process);
  await owner.query('SELECT switchyard.apply_grants()');
  return words;
}

describe.each(processes)('the %s', (process) => {
  test('starts with the rights of its group', async () => {
    expect(await said(process)).toBe('');
  });

  test('names each right that is missing, with the GRANT to make', async () => {
    const { rows } = await owner.query<{ privilege: string; object: string }>(
      `SELECT DISTINCT match[1] AS privilege, object
         FROM switchyard.grants, regexp_matches(privileges, '(\\w+)(?: *\\([^)]*\\))?', 'g') AS match
        WHERE role = $1 AND object ~ 'switchyard' ORDER BY object`,
      [`switchyard_${process}`],
    );
    expect(rows.length).toBeGreaterThan(8);
    for (const { privilege, object } of rows) {
      const name = object.replace('FUNCTION ', '');
      const grant = new RegExp(`GRANT [^;]*${privilege}.* ON ${object} TO "?test_${process}_`);
      const words = await without(process, privilege, object);
      expect(words, object).toContain(`role "test_${process}_`);
      expect(words, object).toContain(name);
      if (!/webhook_deliveries|switchyard\.redrives$/.test(name)) expect(words).toMatch(grant);
    }
  });
});

test('names the columns that a right leaves out', async () => {
  await owner.query(
    'REVOKE SELECT ON switchyard.limits FROM switchyard_worker; GRANT SELECT (queue, in_flight) ON switchyard.limits TO switchyard_worker',
  );
  expect(await said('worker')).toMatch(/may not SELECT \(in_flight_per_key, .*\) switchyard\.limits; GRANT/);
  await owner.query('SELECT switchyard.apply_grants()');
  expect(await said('worker')).toBe('');
});

test('a member that does not inherit is told how it does', async () => {
  const login = new URL(logins.urlAs('worker', url)).username;
  await administer(
    `ALTER ROLE ${login} NOINHERIT; REVOKE switchyard_worker FROM ${login}; GRANT switchyard_worker TO ${login}`,
  );
  expect(await said('worker')).toMatch(/does not inherit its rights: (ALTER ROLE|GRANT) /);
  await administer(`ALTER ROLE ${login} INHERIT; REVOKE switchyard_worker FROM ${login}`);
  expect(await said('worker')).toContain(`all of these at once: GRANT switchyard_worker TO "${login}"`);
  await administer(`GRANT switchyard_worker TO ${login}`);
  expect(await said('worker')).toBe('');
});
