import { setImmediate } from 'node:timers/promises';
import { runTarget } from './run-target.ts';
import { targets } from './targets.ts';

/** What a target's process is told at its start. */
export interface Order {
  name: string;
  cases: number;
  seed: number;
  databaseUrl: string;
  folder: string;
}

/** What it says: that it goes on, or how it ended. Memory in bytes. */
export type Report =
  /** `collected`: no garbage is in the figure. */
  | { kind: 'progress'; done: number; seed: number; memory: Memory; collected: boolean }
  | { kind: 'ended'; violation: string | undefined; memory: Memory };

export interface Memory {
  rss: number;
  /** What is in use, in the heap and beyond. */
  used: number;
}

/** Garbage is collected after each such part of the cases: it takes longer than a hundred of most targets. */
const collectedParts = 10;

function memoryNow(): Memory {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

const say = (report: Report) => new Promise<void>((done) => process.send?.(report, () => done()));

async function run({ name, cases, seed, ...place }: Order): Promise<void> {
  const target = targets.find((known) => known.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  let parts = 0;
  const violation = await runTarget(target, place, {
    cases,
    seed,
    onProgress: async (done, nextSeed) => {
      await setImmediate(); // what the last cases left to be done is no leak
      const part = Math.floor((done / cases) * collectedParts);
      const collected = part > parts;
      parts = part;
      if (collected) globalThis.gc?.();
      await say({ kind: 'progress', done, seed: nextSeed, memory: memoryNow(), collected });
    },
  });
  await say({ kind: 'ended', violation, memory: memoryNow() });
}

process.on('disconnect', () => process.exit(1));
process.once('message', (order: Order) => {
  run(order).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
