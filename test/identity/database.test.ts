import { describe, expect, test } from 'vitest';
import { keepIdentity, newIdentity } from '../../src/identity/change.ts';
import { readIdentity, requireIdentity } from '../../src/identity/database.ts';
import { createPool } from '../../src/platform/database.ts';
import { type Copies, eachTestHasCopies } from '../support/copies.ts';
import { asAdministrator } from '../support/database.ts';
import { allLetterQueues } from '../support/letters/queue.ts';
import { inFlight, insertLetter, readLetter } from '../support/letters/rows.ts';
import { eventsOf } from '../support/reconciler.ts';
import { createRoleLogins } from '../support/role-logins.ts';

let copies: Copies;
eachTestHasCopies((opened) => {
  copies = opened;
});

const queues = allLetterQueues();

describe('a copy of a database', () => {
  test('is refused with both ways out, and the original is not', async () => {
    const original = await copies.create();
    const copy = copies.pool(await copies.copy(original));
    await expect(requireIdentity(copy)).rejects.toThrow(
      /is a copy, or it was moved[\s\S]*npm run identity -- keep[\s\S]*npm run identity -- new/,
    );
    const { id } = await requireIdentity(copies.pool(original));
    expect((await readIdentity(copy)).id).toBe(id);
  });

  test('that keeps the identity is served under it', async () => {
    const original = await copies.create();
    const copy = copies.pool(await copies.copy(original));
    const { id } = await readIdentity(copy);
    await keepIdentity(copy);
    expect(await requireIdentity(copy)).toMatchObject({ id });
  });

  test('that gets an identity of its own sets back what was in flight, leaves the rest, and pauses all queues', async () => {
    const original = await copies.create();
    const before = copies.pool(original);
    const running = await insertLetter(before, inFlight);
    const failed = await insertLetter(before, {
      status: 'failed',
      ...{ error_code: 'CARRIER_REFUSED', failed_at: new Date(0) },
    });
    const waiting = await insertLetter(before);
    const { id: originalId } = await readIdentity(before);
    const copy = copies.pool(await copies.copy(original));

    const { identity, setBack } = await newIdentity(copy, queues, { force: false });
    expect(setBack).toEqual([{ queue: 'letters', jobs: 1 }]);
    expect(identity.id).not.toBe(originalId);
    expect(await requireIdentity(copy)).toEqual(identity);
    expect(await readLetter(copy, running)).toMatchObject({ status: 'queued', started_by: null });
    expect((await eventsOf(copy, running)).at(-1)).toMatchObject({
      to_status: 'queued',
      actor: 'identity',
      code: 'NEW_IDENTITY',
      detail: `it was under way in the database ${originalId}, of which this one is a copy`,
    });
    expect(await readLetter(copy, failed)).toMatchObject({ status: 'failed' });
    expect(await readLetter(copy, waiting)).toMatchObject({ status: 'queued' });
    const { rows } = await copy.query('SELECT queue FROM switchyard.pauses WHERE resumed_at IS NULL');
    expect(rows.map(({ queue }) => queue).toSorted()).toEqual(queues.map(({ name }) => name).toSorted());
    expect(await readLetter(copies.pool(original), running)).toMatchObject({ status: 'processing' });
  });
});

test('the original gets no new identity by mistake: its jobs in flight would run twice', async () => {
  const pool = copies.pool(await copies.create());
  const id = await insertLetter(pool, inFlight);
  await expect(newIdentity(pool, queues, { force: false })).rejects.toThrow(/--force/);
  expect(await readLetter(pool, id)).toMatchObject({ status: 'processing' });
  await newIdentity(pool, queues, { force: true });
  expect(await readLetter(pool, id)).toMatchObject({ status: 'queued' });
});

test('every role gets the same answer to where the database is', async () => {
  const url = await copies.create();
  const logins = await createRoleLogins();
  const starter = createPool({
    connectionString: logins.urlAs('starter', url),
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
  const { here } = await requireIdentity(copies.pool(url));
  expect(await requireIdentity(starter)).toMatchObject({ here });
  await starter.end();
  await logins.drop();
});

test('where the server does not tell its identifier, the table stands in for it', async () => {
  const pool = copies.pool(asAdministrator(await copies.create()));
  await pool.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
  await pool.query('ALTER FUNCTION switchyard.database_place() OWNER TO switchyard_reader');
  const { rows } = await pool.query('SELECT switchyard.database_place() AS place');
  expect(rows[0].place).toMatch(/^table-\d+\/\d+$/);
});

test('a database that was not migrated is refused with the way out', async () => {
  const pool = copies.pool(await copies.create());
  await pool.query('DROP TABLE switchyard.database_identity');
  await expect(requireIdentity(pool)).rejects.toThrow(/npm run migrate/);
});
