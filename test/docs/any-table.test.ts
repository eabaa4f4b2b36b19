import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPool } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/database.ts';

const page = readFileSync('docs/any-table.md', 'utf8');

/** Each statement of the page, and the answer that is shown below it. */
const examples = [...page.matchAll(/^```sql\n(.+?)^```\n(?:\n```text\n(.+?)^```)?/gms)].map(
  ([, statement = '', answer]) => ({ statement, answer }),
);

test('every statement of docs/any-table.md answers what stands below it', async () => {
  expect(examples.length).toBeGreaterThan(10);
  const database = await createTestDatabase();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'psql',
    max: 1,
    onError: () => undefined,
  });
  const answerTo = async (statement: string): Promise<string[]> => {
    try {
      const { rows } = await pool.query({
        text: statement,
        rowMode: 'array',
        types: { getTypeParser: () => String },
      });
      return (rows ?? []).flat().filter((cell) => cell !== null && cell !== '');
    } catch (error) {
      const { message, hint } = error as { message: string; hint: string };
      return [`ERROR:  ${message}\n`, `HINT:  ${hint}\n`];
    }
  };
  try {
    for (const { statement, answer } of examples) {
      const cells = await answerTo(statement);
      if (answer === undefined) expect(cells, statement).not.toContainEqual(expect.stringContaining('ERROR'));
      else for (const cell of cells) expect(answer, statement).toContain(cell);
    }
  } finally {
    await pool.end();
    await database.drop();
  }
});
