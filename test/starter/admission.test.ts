import { describe, expect, test } from 'vitest';
import type { PoolClient } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { admit, decide, isLimited } from '../../src/starter/admission.ts';
import { lettersQueue } from '../support/letters/queue.ts';

type Row = Parameters<typeof decide>[1];
const row = (fields: Partial<Row> = {}): Row => ({
  max_in_flight: null,
  max_per_key: null,
  fair: null,
  rate: null,
  tokens: null,
  limits_keys: false,
  pauses: null,
  in_flight: 0,
  another_goes_first: false,
  in_flight_since: '',
  in_flight_before: null,
  ...fields,
});
const queue = lettersQueue({ batch: 10, maxInFlight: 100, maxWaitMs: 1 });
const open = { scope: 'system' as const, key: '', automatic: true, probes: 0 };
const breaker = [open];

describe('room', () => {
  test.each([
    ['is a batch', row(), { room: 10 }],
    ['is what the limit leaves', row({ in_flight: 97 }), { room: 3, why: 'full' }],
    ['is none in a full queue', row({ in_flight: 120 }), { room: 0, why: 'full' }],
    ['goes by the limit of the table', row({ max_in_flight: 4, in_flight: 3 }), { room: 1, why: 'full' }],
    ['goes by the tokens of the rate', row({ rate: 5, tokens: 2.7 }), { room: 2, why: 'rate' }],
    ['of a rate that was never used is a second’s worth', row({ rate: 4 }), { room: 4, why: 'rate' }],
    ['is none while another queue goes first', row({ another_goes_first: true }), { room: 0, why: 'after' }],
    [
      'is none in a paused queue',
      row({ pauses: [{ scope: 'queue', key: '', automatic: false, probes: 0 }] }),
      { room: 0, why: 'paused' },
    ],
    [
      'is for three probes while a breaker is open',
      row({ pauses: breaker, in_flight: 1 }),
      { room: 2, why: 'paused' },
    ],
    [
      'is for one more with each probe that failed',
      row({ pauses: [{ ...open, probes: 4 }], in_flight: 5 }),
      { room: 2, why: 'paused' },
    ],
    [
      'is for no more than 23, however long an outage lasts',
      row({ pauses: [{ ...open, probes: 1_000 }], in_flight: 22 }),
      { room: 1, why: 'paused' },
    ],
    [
      'is none while probes are under way',
      row({ pauses: breaker, in_flight: 3 }),
      { room: 0, why: 'paused' },
    ],
  ])('%s', (_, given, wanted) => {
    expect(decide(queue, given)).toMatchObject(wanted);
  });

  test('ignores a breaker in a queue that does not wait', () => {
    expect(decide({ ...queue, maxWaitMs: 0 }, row({ pauses: breaker }))).toMatchObject({ room: 10 });
  });

  test('of a slow rate says when to look again', () => {
    expect(decide(queue, row({ rate: 0.5, tokens: 0.5 }))).toMatchObject({ room: 0, retryInMs: 1000 });
  });
});

describe('keys take turns', () => {
  const noTurns = { ...queue, fair: false };
  test.each([
    ['by the setting', queue, row(), true],
    ['unless the table says otherwise', queue, row({ fair: false }), false],
    ['where a limit per key needs it', noTurns, row({ max_per_key: 3 }), true],
    [
      'where a key is paused',
      noTurns,
      row({ pauses: [{ scope: 'key', key: 'a', automatic: false, probes: 0 }] }),
      true,
    ],
    ['never in a queue without keys', { ...queue, key: undefined }, row(), false],
  ])('%s', (_, { key, ...rest }, given, wanted) => {
    const admission = decide({ ...rest, ...(key !== undefined && { key }) }, given);
    expect(admission.keys !== undefined).toBe(wanted);
  });
});

describe('jobs in flight are counted', () => {
  /** What two claims after each other send once they have begun. */
  async function sentFor(asked: typeof queue, answer: Row): Promise<{ text: string; values: unknown[] }[]> {
    const sent: { text: string; values: unknown[] }[] = [];
    const tx = {
      query: async (text: string, values: unknown[] = []) =>
        sent.push({ text, values }) && { rows: [answer] },
    };
    const since = { time: '-infinity' };
    for (const _ of [1, 2])
      await admit(tx as unknown as PoolClient, asked, claimStatements(asked), { since, passOver: [] });
    return sent;
  }
  const unlimited = { ...queue, maxInFlight: null, key: undefined } as unknown as typeof queue;
  const locks = ({ text }: { text: string }) => text.includes('pg_advisory_xact_lock');

  test('by each claim under a limit, which has taken the lock at its BEGIN', async () => {
    const sent = await sentFor(queue, row({ in_flight_since: 'then' }));
    expect(isLimited(queue)).toBe(true);
    expect(sent.map(({ values }) => values[0])).toEqual(['-infinity', 'then']);
    expect(sent.some(locks)).toBe(false);
  });

  test('once a minute in a queue without limits, beside others', async () => {
    const sent = await sentFor(unlimited, row({ in_flight_since: 'then' }));
    expect(isLimited(unlimited)).toBe(false);
    expect(sent.some(locks)).toBe(false);
    expect(sent.map(({ values }) => values[0])).toEqual(['-infinity', 'infinity']);
  });

  test.each([
    ['a limit of the table', row({ max_in_flight: 3, in_flight_since: 'then' })],
    ['a rate', row({ rate: 3, in_flight_since: 'then' })],
    ['an open breaker', row({ pauses: breaker, in_flight_since: 'then' })],
  ])('alone where there is %s', async (_, answer) => {
    const [locked, counted] = (await sentFor(unlimited, answer)).slice(-2);
    expect(locked && locks(locked)).toBe(true);
    expect(counted?.values[0]).toBe('then');
  });
});
