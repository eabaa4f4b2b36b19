import { describe, expect, test } from 'vitest';
import { claimStatements } from '../../src/sql/claim.ts';
import { goldenText, statementsOf } from './golden.ts';
import { letters, orders, tickets, visits } from './queues.ts';

describe.each([letters, visits, orders, tickets])(
  'the statements of the queue $name are those of its golden files',
  (queue) => {
    const groups = Object.entries(statementsOf(queue)).filter(([, group]) => Object.keys(group).length > 0);

    test.each(groups)('%s', async (group, statements) => {
      await expect(goldenText(statements)).toMatchFileSnapshot(`golden/${queue.name}/${group}.sql`);
    });
  },
);

test('a claim of a queue in descending order goes on at the row of the last one or behind it', () => {
  const descending = letters.order.map((term) => ({ ...term, direction: 'DESC' as const }));
  expect(claimStatements({ ...letters, order: descending }).claimFrom).toContain(
    '("priority", "created_at", "id") <= (',
  );
});
