import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Memory, Order, Report } from './child.ts';

const childPath = fileURLToPath(new URL('./child.ts', import.meta.url));
/** A batch of cases takes seconds at most: no word for so long is a hang. */
const silenceMs = 180_000;
/** What caches and a lazily compiled program may take beyond the first tenth of the cases. */
const mostGrowthBytes = 48 * 1024 * 1024;

export interface Outcome {
  cases: number;
  seconds: number;
  before: Memory;
  after: Memory;
  violation: string | undefined;
}

/**
 * Runs a target in a process of its own, with a heap limit, and watches it: a crash, a word that does not come and
 * memory that grows with the cases are violations as much as a property that does not hold.
 */
export async function runWatched(order: Order): Promise<Outcome> {
  const began = performance.now();
  const child = fork(childPath, [], {
    execArgv: ['--expose-gc', '--max-old-space-size=512', '--no-warnings'],
  });
  try {
    const seen = await hear(child, order);
    return { ...seen, seconds: (performance.now() - began) / 1_000 };
  } finally {
    child.kill('SIGKILL');
  }
}

function hear(child: ChildProcess, order: Order): Promise<Omit<Outcome, 'seconds'>> {
  const none = { rss: 0, used: 0 };
  let last = { done: 0, seed: order.seed };
  let before: Memory | undefined;
  let warm: Memory | undefined;
  let after = none;
  return new Promise((done) => {
    const end = (violation: string | undefined) => {
      clearTimeout(timer);
      done({ cases: last.done, before: before ?? none, after, violation });
    };
    const where = () => `in the cases after ${last.done}, seed ${last.seed}`;
    const hung = () => end(`hangs ${where()}: nothing heard for ${silenceMs / 1_000} s`);
    let timer = setTimeout(hung, silenceMs);
    child.on('exit', (code, signal) => end(`its process ended ${where()}: code ${code}, signal ${signal}`));
    child.on('message', (report: Report) => {
      clearTimeout(timer);
      timer = setTimeout(hung, silenceMs);
      after = report.memory;
      if (report.kind === 'progress') {
        last = report;
        before ??= report.memory;
        if (report.collected) warm ??= report.memory; // after a tenth
        return;
      }
      end(report.violation ?? leakOf(warm, after));
    });
    child.send(order);
  });
}

function leakOf(warm: Memory | undefined, after: Memory): string | undefined {
  const grown = after.used - (warm?.used ?? after.used);
  if (grown <= mostGrowthBytes) return undefined;
  return `leaks: ${Math.round(grown / 1024 / 1024)} MiB more in use at the end than after a tenth of the cases`;
}
