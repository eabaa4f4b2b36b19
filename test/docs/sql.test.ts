import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/database.ts';

const page = readFileSync('docs/sql.md', 'utf8');

/** A `## queue` section, and what stands in its fences, one by one. */
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    queue: text.slice(0, text.indexOf('\n')),
    statements: [...text.matchAll(/^```sql\n(.+?)^```$/gms)].map((match) => match[1] ?? ''),
    checks: text.slice(text.lastIndexOf('\nTo verify')),
  }));

test('the page has a section for each queue, and no fences but those of SQL', () => {
  expect(sections.map(({ queue }) => queue)).toEqual(
    expect.arrayContaining(['invoices', 'capture-sessions', 'uploads']),
  );
  const fences = page.match(/^```.*$/gm) ?? [];
  expect(fences.filter((fence, i) => fence !== (i % 2 === 0 ? '```sql' : '```'))).toEqual([]);
});

describe.each(sections)('the section $queue', ({ queue, statements, checks }) => {
  test('runs on a migrated database, statement by statement, and what verifies finds nothing wrong', async () => {
    const database = await createTestDatabase();
    const pool = createPool({
      connectionString: database.url,
      applicationName: 'psql',
      max: 1,
      onError: () => undefined,
    });
    try {
      for (const statement of statements) {
        const answer = await pool.query(statement).catch((error: Error) => {
          throw new Error(`${queue}: ${error.message} in\n${statement}`);
        });
        if (checks.includes(statement)) expect(answer.rows, statement).toEqual([]);
      }
    } finally {
      await pool.end();
      await database.drop();
    }
  });

  test('inserts, cancels, runs again, pauses and resumes', () => {
    const text = statements.join('\n');
    for (const part of [
      /^(WITH[^;]+)?INSERT INTO/m,
      /cancel(_requested|ed)_at = now\(\)/,
      /pause_queue/,
      /resume_queue/,
    ])
      expect(text).toMatch(part);
  });
});
