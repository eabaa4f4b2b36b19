import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunningCommand, startCommand } from '../pipelines/lib/commands/start-command.ts';
import { alwaysBelow, atMost, type Benchmark } from './benchmark.ts';
import type { BenchContext } from './context.ts';

const others = 500;
const idleTools = 4;
const canceledAtOnce = 12;
const windowMs = 5_000;

export const commands: Benchmark = {
  name: 'commands',
  about: `what watching idle commands costs a worker, and how soon canceled ones are gone, beside ${others} other processes`,
  async run(context) {
    await startOthers(context);
    const cpu = await context.repeat(`${idleTools} idle commands`, () => withTools(idleTools, shareOfCore));
    const ends = await context.repeat(`${canceledAtOnce} canceled at once`, () =>
      withTools(canceledAtOnce, slowestEnd),
    );
    return [
      { name: `${idleTools} idle commands`, unit: '% of a core', values: cpu, goal: atMost(3) },
      {
        name: `the last of ${canceledAtOnce} commands canceled at once`,
        unit: 'ms',
        values: ends,
        goal: alwaysBelow(1_000),
      },
    ];
  },
};

async function startOthers(context: BenchContext): Promise<void> {
  const sleepers: ChildProcess[] = [];
  const endAll = async () => {
    for (const sleeper of sleepers) if (sleeper.kill('SIGKILL')) await once(sleeper, 'exit');
  };
  await context.own(() => sleepers, endAll);
  for (let i = 0; i < others; i += 1) sleepers.push(spawn('sleep', ['3600'], { stdio: 'ignore' }));
  await Promise.all(sleepers.map((sleeper) => once(sleeper, 'spawn')));
}

interface Tools {
  running: RunningCommand[];
  cancel: AbortController;
}

async function withTools(count: number, measure: (tools: Tools) => Promise<number>): Promise<number> {
  const cancel = new AbortController();
  const running: RunningCommand[] = [];
  const options = { command: 'sh', args: ['-c', 'sleep 3600 & wait'], cwd: tmpdir(), memoryMiB: 1024 };
  const env = { PATH: process.env['PATH'] ?? '' };
  try {
    for (let i = 0; i < count; i += 1)
      running.push(await startCommand({ ...options, env, signal: cancel.signal }));
    return await measure({ running, cancel });
  } finally {
    await Promise.all(running.map((tool) => tool.stop()));
  }
}

async function shareOfCore(): Promise<number> {
  await pause(1_000);
  const [before, began] = [process.cpuUsage(), performance.now()];
  await pause(windowMs);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / (performance.now() - began)) * 100;
}

async function slowestEnd({ running, cancel }: Tools): Promise<number> {
  const began = performance.now();
  const ends = running.map(({ ended }) => ended.catch(() => undefined).then(() => performance.now() - began));
  cancel.abort();
  return Math.max(...(await Promise.all(ends)));
}
