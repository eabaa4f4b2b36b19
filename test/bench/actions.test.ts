import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { actionsOf, type HistoryEvent } from '../../bench/simulation/actions.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The lines `| … | N | history |` of the page: how many actions, and the recorded history that they are counted of. */
const told = [...read('docs/scaling.md').matchAll(/^\|[^|]*\| (\d+) \| `([\w/-]+\.json)` \|$/gm)].map(
  ([, actions, history]) => ({ actions: Number(actions), history: String(history) }),
);

describe('the actions of Temporal Cloud that docs/scaling.md tells', () => {
  test('are told of several kinds of jobs', () => {
    expect(told.length).toBeGreaterThan(8);
  });

  test.each(told)('are $actions of $history', ({ actions, history }) => {
    const { events } = JSON.parse(read(`test/histories/${history}`)) as { events: HistoryEvent[] };
    expect(actionsOf(events)).toBe(actions);
  });
});
