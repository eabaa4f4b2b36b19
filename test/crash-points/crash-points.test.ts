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
}

// What stands between two of these changes nothing that another process sees: to die there is to die at the border before.
const choices: Choice[] = [
  {
    scenario: invoice,
    borders: {
      starter: { names: /StartWorkflowExecution|: COMMIT/, most: 2 },
      worker: { names: /copyFile|: COMMIT|complete an activity/, most: 2 },
    },
  },
  // Its starter is the same one. Its stage is written by a transaction of one statement.
  {
    scenario: parcel,
    borders: { worker: { names: /SET "stage"|: COMMIT/, most: 4 } },
  },
];

/** How many of the others are tried for each role, no two of one name. */
const others = 3;

/** Those at the borders of the first transactions, and some of all others, another choice each day. */
function choose(
  { borders }: Choice,
  role: CrashRole,
  interactions: readonly Interaction[],
  seed: number,
): Crash[] {
  const random = new Random(seed);
  const border = borders[role];
  if (border === undefined) return [];
  const isBorder = ({ name, nth }: Interaction) => border.names.test(name) && nth <= border.most;
  const byName = Map.groupBy(
    interactions.filter((one) => !isBorder(one)),
    ({ name }) => name,
  );
  const chosen = random.shuffled([...byName.values()]).slice(0, others);
  return [
    ...interactions.filter(isBorder).flatMap((one) => bothSides(role, one)),
    ...chosen.map((ofName) => random.pick(bothSides(role, random.pick(ofName)))),
  ];
}

const seed = Math.floor(Date.now() / 86_400_000);

// Most of their time they wait for Temporal to notice a death.
describe.concurrent.each(choices)(`a job whose process dies, $scenario.name (seed ${seed})`, (choice) => {
  const { scenario } = choice;
  test('completes once, wherever that was', async () => {
    const tried = roles.filter((role) => choice.borders[role] !== undefined);
    const listed = await Promise.all(tried.map((role) => listInteractions({ world, scenario }, role)));
    const points = tried.flatMap((role, i) => choose(choice, role, listed[i] ?? [], seed));
    const deaths: string[] = [];
    const onRun = (run: RunReport) => void deaths.push(describeRun(run));
    const report = await tryRuns(
      { world, scenario, concurrency: 7, onRun },
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
