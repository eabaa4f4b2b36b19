import { describe, expect, test } from 'vitest';
import { type Fault, planFaults } from '../../chaos/faults.ts';
import { Random } from '../../chaos/random.ts';

const plan = (seed: number, seconds: number): Fault[] => planFaults({ random: new Random(seed), seconds });

describe('the plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(plan(1, 60)).toEqual(plan(1, 60));
    expect(plan(1, 60)).not.toEqual(plan(2, 60));
  });

  test.each([1, 2, 3])('with seed %i has every kind of fault within a minute', (seed) => {
    const kinds = new Set(
      plan(seed, 60).map(({ kind, victim }) => `${kind} ${kind === 'kill' ? victim : ''}`),
    );
    for (const kind of ['freeze ', 'stall ', 'cut ', 'half-written ', 'full ', '429 ', 'stop at once '])
      expect(kinds).toContain(kind);
    expect(kinds).toContain('kill temporal');
  });

  test.each([1, 2, 3])(
    'with seed %i has whatever befalls the database as a whole within a minute',
    (seed) => {
      const kinds = new Set(plan(seed, 60).map(({ kind }) => kind));
      for (const kind of [
        'read-only',
        'other password',
        'no login',
        'no connections',
        'canceled statements',
      ] as const)
        expect(kinds).toContain(kind);
    },
  );

  test('leaves out what is not there, and what is not asked for', () => {
    const planned = (options: { without?: string[]; only?: string[] }) =>
      planFaults({ random: new Random(1), seconds: 600, ...options });
    const victims = planned({ without: ['disk', 'pgbouncer'] }).map(({ victim }) => victim);
    expect(victims).not.toContain('disk');
    expect(victims).not.toContain('pgbouncer');
    expect(victims).toContain('postgres');
    const ofGo = planned({ without: ['chaos-orders-1', 'chaos-orders-2'] }).map(({ victim }) => victim);
    expect(ofGo.filter((victim) => victim.startsWith('chaos-orders-') && !victim.includes('-go-'))).toEqual(
      [],
    );
    expect(ofGo).toContain('chaos-orders-go-1');
    expect(new Set(planned({ only: ['read-only'] }).map(({ kind }) => kind))).toEqual(new Set(['read-only']));
  });

  test('disturbs each service of a Temporal cluster by itself, and its databases; the development server only where that runs', () => {
    const victims = (temporal: 'dev' | 'real') =>
      new Set(
        planFaults({ random: new Random(1), seconds: 600, temporal }).map(
          ({ kind, victim }) => `${victim}: ${kind}`,
        ),
      );
    const ofCluster = [
      ...['history-1', 'history-2', 'matching-1', 'matching-2', 'frontend', 'worker'].map(
        (name) => `temporal-${name}: kill`,
      ),
      ...['temporal-postgres: stop at once', 'temporal-postgres: no visibility'],
    ];
    for (const fault of ofCluster) expect(victims('real')).toContain(fault);
    const failovers = planFaults({ random: new Random(1), seconds: 600, temporal: 'real' }).filter(
      ({ kind }) => kind === 'fail over',
    );
    expect(failovers).toHaveLength(1);
    expect(victims('real')).not.toContain('temporal: kill');
    expect(victims('dev')).toContain('temporal: kill');
    expect([...victims('dev')].filter((fault) => /^temporal[- ]/.test(fault))).toEqual([]);
  });

  test.each([5, 15, 60])('ends within its time of %i s', (seconds) => {
    for (let seed = 0; seed < 200; seed++) {
      for (const { atMs, forMs } of plan(seed, seconds)) {
        expect(atMs).toBeGreaterThanOrEqual(0);
        expect(atMs + forMs).toBeLessThanOrEqual(seconds * 1000);
      }
    }
  });

  test('freezes a worker longer than its heartbeat timeout, and a starter longer than a silent transaction may last', () => {
    const least = { worker: 10_000, starter: 15_000 };
    for (const [role, ms] of Object.entries(least)) {
      const freezes = plan(1, 3_600).filter(
        ({ kind, victim }) => kind === 'freeze' && victim.startsWith(role),
      );
      expect(Math.min(...freezes.map(({ forMs }) => forMs))).toBeGreaterThan(ms);
    }
  });
});
