import { expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { writeDefinitions } from '../../src/registry/noted-definitions.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { codesOf, pretendStarter, whyOf } from '../support/why.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

/** Rows of four customers, one of them none, in two priorities; and two of each in flight. */
const insertJobs = `
  INSERT INTO letters (enclosure, customer, priority, run_at, created_at)
  SELECT 'a.txt', (ARRAY['a', 'b', 'c', NULL])[1 + n * 7 % 4], n * 5 % 2, CASE WHEN n % 9 = 0 THEN timestamptz '2100-01-01' END,
         timestamptz '2026-01-01' + n * interval '1 second'
    FROM generate_series(1, 40) AS n;
  INSERT INTO letters (enclosure, customer, status, run_id, attempt, started_at)
  SELECT 'a.txt', (ARRAY['a', 'b'])[1 + n % 2], 'processing', 'r' || n, 1, now() FROM generate_series(1, 3) AS n`;

const limits = (values: string) =>
  `INSERT INTO switchyard.limits (queue, in_flight, in_flight_per_key, starts_per_second, fair) VALUES ('letters', ${values})`;

const cases: [string, Partial<QueueDefinition>, string][] = [
  ['nothing but the batch', { batch: 7, fair: false }, ''],
  ['turns of keys', { batch: 7 }, ''],
  ['a limit in flight', { maxInFlight: 8, fair: false }, ''],
  ['a limit in flight and turns', { maxInFlight: 6 }, ''],
  ['a limit of each key', { batch: 9 }, limits('NULL, 3, NULL, NULL')],
  [
    'a limit of one key',
    { batch: 9 },
    `INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 2)`,
  ],
  ['a limit that is reached', {}, limits('3, NULL, NULL, NULL')],
  ['a rate', { batch: 9 }, limits('NULL, NULL, 4, NULL')],
  ['a paused key', { batch: 9 }, `SELECT switchyard.pause_key('letters', 'b', 'test')`],
  ['a paused queue', {}, `SELECT switchyard.pause_queue('letters', 'test')`],
  [
    'an open breaker',
    { maxWaitMs: 1000 },
    `INSERT INTO switchyard.pauses (scope, system, reason, automatic, probes) VALUES ('system', 'carrier', 'test', true, 4)`,
  ],
  [
    'an open breaker of jobs that do not wait',
    { batch: 5 },
    `INSERT INTO switchyard.pauses (scope, system, reason, automatic) VALUES ('system', 'carrier', 'test', true)`,
  ],
];

test.each(cases)('a claim takes just the jobs that are said to be next: %s', async (_, options, setup) => {
  const queue = lettersQueue(options);
  await writeDefinitions(pool, [queue]);
  const stopStarter = await pretendStarter(pool, 'letters');
  await pool.query(insertJobs);
  await pool.query(setup);
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM letters WHERE status = 'queued'`);
  const next: string[] = [];
  for (const { id } of rows) {
    if (codesOf(await whyOf(pool, 'letters', id)).includes('NEXT')) next.push(id);
  }
  await stopStarter();

  const { started } = await claimOnce(pool, queue);

  expect(next.sort()).toEqual(started.map(({ id }) => id).sort());
});
