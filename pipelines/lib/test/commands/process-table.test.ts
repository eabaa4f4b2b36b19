import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../../../test/support/until.ts';
import { type ProcFiles, procFiles } from '../../commands/proc-files.ts';
import { markOf, ProcessTable } from '../../commands/process-table.ts';

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  }
});

async function start(command: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}
const startSleepers = (count: number) =>
  Promise.all(Array.from({ length: count }, () => start('sleep', ['3600'])));

/** The real files, and which of them were read since the last answer. */
function countingProc() {
  let [stats, environments]: [number[], number[]] = [[], []];
  const proc: ProcFiles = {
    ...procFiles,
    stat(pid) {
      stats.push(pid);
      return procFiles.stat(pid);
    },
    environment(pid) {
      environments.push(pid);
      return procFiles.environment(pid);
    },
  };
  const reads = () => {
    const answer = { stats, environments };
    [stats, environments] = [[], []];
    return answer;
  };
  return { proc, reads };
}

describe.runIf(process.platform === 'linux')('the table of processes', () => {
  test('reads the environment of a process once, and most processes only now and then', async () => {
    const strangers = await startSleepers(64);
    const { proc, reads } = countingProc();
    const table = new ProcessTable(proc);
    table.add('a');
    const ours = await start('sleep', ['3600'], markOf('a'));
    await table.look({ whole: false });
    expect(table.processesOf('a')).toEqual([ours]);
    expect(reads().environments).toEqual(expect.arrayContaining([ours, ...strangers]));

    const looks = 32;
    for (let i = 0; i < looks; i += 1) await table.look({ whole: false });
    const { stats, environments } = reads();
    const known = new Set([ours, ...strangers]);
    expect(environments.filter((pid) => known.has(pid))).toEqual([]);
    expect(stats.filter((pid) => strangers.includes(pid))).toHaveLength(strangers.length);
    expect(stats.filter((pid) => pid === ours)).toHaveLength(looks);
  });

  test('looks once for all who ask while a look is under way', async () => {
    const { proc, reads } = countingProc();
    const table = new ProcessTable(proc);
    const [stranger = 0] = await startSleepers(1);
    await Promise.all(Array.from({ length: 12 }, () => table.look({ whole: true })));
    expect(reads().stats.filter((pid) => pid === stranger)).toHaveLength(1);
  });

  test('sees a process become one of a command by exec(2)', async () => {
    const table = new ProcessTable();
    table.add('a');
    const script = 'read line; export SWITCHYARD_COMMAND=a; exec sleep 3600';
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    children.push(child);
    await table.look({ whole: true });
    expect(table.processesOf('a')).toEqual([]);
    child.stdin?.end('go\n');
    await until(async () => {
      await table.look({ whole: true });
      return table.processesOf('a').join() === String(child.pid);
    });
  });

  test('takes the pid of a process that has ended for another process', async () => {
    const [pid = 0] = await startSleepers(1);
    const real = procFiles.stat(pid);
    let startedAt = 0;
    const table = new ProcessTable({
      ...procFiles,
      stat: (of) => (of === pid && real !== undefined ? { ...real, startedAt } : procFiles.stat(of)),
      environment: async (of) => (of === pid ? 'SWITCHYARD_COMMAND=a\0' : procFiles.environment(of)),
    });
    table.add('a');
    await table.look({ whole: true });
    expect(table.processesOf('a')).toEqual([]); // older than this process
    startedAt = Number.MAX_SAFE_INTEGER;
    await table.look({ whole: true });
    expect(table.processesOf('a')).toEqual([pid]);
  });
});
