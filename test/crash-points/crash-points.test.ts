import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Crash, Interaction } from '../../chaos/crash-points/doomed-process.ts';
import { invoice } from '../../chaos/crash-points/invoice/scenario.ts';
import { randomPairs } from '../../chaos/crash-points/pairs.ts';
import { parcel } from '../../chaos/crash-points/parcel/scenario.ts';
import { type RunReport, runWithCrashes } from '../../chaos/crash-points/run.ts';
import type { CrashRole, Scenario } from '../../chaos/crash-points/scenario.ts';
import { bothSides, describeRun, listInteractions, tryRuns } from '../../chaos/crash-points/series.ts';
import { openWorld, type World } from '../../chaos/crash-points/world.ts';
import { Random } from '../../chaos/random.ts';

import { templateDatabase } from '../support/database-name.ts';
import { quietRuntime } from '../support/temporal.ts';

const roles: readonly CrashRole[] = ['starter', 'worker'];

let world: World;
beforeAll(async () => {
  quietRuntime();
  world = await openWorld({
    postgresUrl: inject('postgresUrl'),
    template: templateDatabase,
    temporalAddress: inject('temporalAddress'),
  });
});
afterAll(() => world.close());

interface Choice {
  scenario: Scenario;
  /** Of these roles; at the borders a transaction, or what it does outside of it, begins or ends: the first of them are tried in every run. */
  borders: Partial<Record<CrashRole, { names: RegExp; most: number }>>;
  /** Of the others, one in so many. */
  oneIn: number;
}

const claims = { names: /StartWorkflowExecution|SET "status" = 'processing'|COMMIT/, most: 2 };
const choices: Choice[] = [
  {
    scenario: invoice,
    borders: {
      starter: claims,
      worker: { names: /copyFile|SET "status" = 'complete'|COMMIT|complete an activity/, most: 2 },
    },
    oneIn: 60,
  },
  // Its starter is the same one.
  {
    scenario: parcel,
    borders: { worker: { names: /SET "stage"|COMMIT/, most: 4 } },
    oneIn: 60,
  },
];

/** Those at the borders of the first transactions, and some of all others, another choice each day. */
function choose(
  { borders, oneIn }: Choice,
  role: CrashRole,
  interactions: readonly Interaction[],
  seed: number,
): Crash[] {
  const random = new Random(seed);
  const border = borders[role];
  if (border === undefined) return [];
  const all = interactions.flatMap((interaction) => bothSides(role, interaction));
  return all.filter(
    ({ name, nth }) => random.next() < 1 / oneIn || (border.names.test(name) && nth <= border.most),
  );
}

const seed = Math.floor(Date.now() / 86_400_000);

describe.each(choices)(`a job whose process dies, $scenario.name (seed ${seed})`, (choice) => {
  const { scenario } = choice;
  test('completes once, wherever that was', async () => {
    const listed = await Promise.all(roles.map((role) => listInteractions({ world, scenario }, role)));
    const points = roles.flatMap((role, i) => choose(choice, role, listed[i] ?? [], seed));
    const deaths: string[] = [];
    const onRun = (run: RunReport) => void deaths.push(describeRun(run));
    const report = await tryRuns(
      { world, scenario, concurrency: 10, onRun },
      points.map((point) => [point]),
    );
    console.info(`crash points: tried ${report.tried} of ${points.length}\n${deaths.join('\n')}`);
    expect(report.broken).toEqual([]);
    // A point that the first run met and this one did not is one of a look at an empty queue.
    expect(report.tried).toBeGreaterThan(points.length * 0.8);
  }, 300_000);
});

test('pairs are the same for the same seed, and others for another', () => {
  const interactions = {
    starter: [{ name: 'a', nth: 1 }],
    worker: Array.from({ length: 50 }, (_, i) => ({ name: 'b', nth: i + 1 })),
  };
  expect(randomPairs(20, 7, interactions)).toEqual(randomPairs(20, 7, interactions));
  expect(randomPairs(20, 7, interactions)).not.toEqual(randomPairs(20, 8, interactions));
});

describe('the harness', () => {
  test('catches a starter that commits its claim before it starts the workflow', async () => {
    const preloads = [new URL('./claim-before-start.ts', import.meta.url).pathname];
    const crash: Crash = {
      role: 'starter',
      name: 'Temporal: StartWorkflowExecution',
      nth: 1,
      side: 'before',
    };
    const run = await runWithCrashes({ world, scenario: invoice }, [crash], { preloads });
    await rm(run.folder, { recursive: true });
    expect(run.lives).toMatchObject([{ died: true }]);
    expect(run.broken).toEqual(['the row is in flight under run not known yet, and Temporal has no run']);
  });
});
