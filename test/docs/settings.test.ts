import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';

const page = readFileSync('docs/settings.md', 'utf8');
const queues = defineQueues(
  loadSettings({
    CLAIM_BATCH: '7',
    MAX_IN_FLIGHT: '77',
    POLL_INTERVAL: '777',
    FAIR_SHARES: 'off',
    LOST_WORKFLOW: 'requeue',
  }),
);
const namesOf = (follows: (queue: QueueDefinition) => boolean) =>
  queues.filter(follows).map(({ name }) => name);

test('the queues that settings count for are those that docs/settings.md names', () => {
  expect(namesOf(({ batch }) => batch !== 7)).toEqual(['agent-runs']);
  expect(page).toContain('of each queue but agent-runs (BATCH)');
  expect(namesOf(({ maxInFlight }) => maxInFlight === 77)).toEqual([
    'invoices',
    'uploads',
    'capture-sessions',
    'builds',
    'deployments',
  ]);
  const { redrives, webhooks } = Object.fromEntries(queues.map((queue) => [queue.name, queue.maxInFlight]));
  expect([redrives, webhooks]).toEqual([4, 10_000]);
  expect(page).toContain('of redrives 4 run at once, of webhooks 10 000');
  expect(namesOf(({ pollIntervalMs }) => pollIntervalMs !== undefined)).toEqual([
    'agent-runs',
    'builds',
    'deployments',
  ]);
  expect(namesOf(({ lostWorkflow }) => lostWorkflow === 'fail')).toEqual(['webhooks', 'redrives']);
  expect(page).toContain('(webhooks and redrives always fail, capture sessions always go again)');
  // Off, and those that take turns all the same.
  expect(namesOf(({ fair }) => fair)).toEqual(['agent-runs', 'webhooks']);
});

test('QUEUES stands under no note that wants one value everywhere', () => {
  const [section = ''] = page.split('\n## ').filter((part) => part.includes('\n| `QUEUES` |'));
  expect(section).toMatch(/^Queues and workers\n/);
  expect(section).toContain('may serve queues of its own');
});
