import { expect, test } from 'vitest';
import { fromDrizzle, fromKnex } from '../../../src/index.ts';

/** Names its parameters twice and out of order, as no statement of ours does yet. */
const text = 'SELECT $2::text, $1::text, $2::text';
const rows = [{ answer: 'x' }];

test('Knex gets a value for each of its question marks', async () => {
  const given: unknown[] = [];
  const db = fromKnex({
    async raw(...statement) {
      given.push(statement);
      return { rows };
    },
  });
  expect(await db.query(text, ['a', null])).toEqual(rows);
  expect(given).toEqual([['SELECT ?::text, ?::text, ?::text', [null, 'a', null]]]);
});

test('Drizzle gets the parts of a template', async () => {
  const db = fromDrizzle(
    {
      execute: async (query: string) =>
        query === 'SELECT <null>::text, <a>::text, <null>::text' ? rows : [],
    },
    String.raw,
  );
  const quoted = ['<a>', '<null>'];
  expect(await db.query(text, quoted)).toEqual(rows);
});

test('a library that answers something else is not taken for one that found nothing', async () => {
  const db = fromKnex({ raw: async () => 7 });
  await expect(db.query(text, [])).rejects.toThrow('the database library answered no rows');
});
