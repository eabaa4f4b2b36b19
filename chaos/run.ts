import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probeSandbox } from '../pipelines/lib/sandbox/probe.ts';
import type { TemporalKind } from '../server/dev/temporal-cluster/start.ts';
import type { Logger } from '../src/platform/logging.ts';
import { sleep } from '../src/platform/shutdown.ts';
import { type Act, planActs } from './acts.ts';
import { answerQuestions } from './answers.ts';
import { disksCanBeFilled } from './disk.ts';
import { crashesOf, gatherEvidence } from './evidence.ts';
import { applicationWorkers, describeFault, type Fault, linkName, planFaults, storeLinks } from './faults.ts';
import { injectFaults } from './inject.ts';
import { type Evidence, judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import type { Load } from './load.ts';
import { findPgBouncer, pooledRoles } from './pgbouncer.ts';
import type { Problem } from './problem.ts';
import { Random } from './random.ts';
import { type Counts, countJobs, sumOf, untilSettled } from './settle.ts';
import { type Stack, startStack } from './stack.ts';
import { endedStates } from './states.ts';
import type { StorageKind } from './store.ts';
import { performActs } from './users.ts';

export interface RunOptions {
  seed: number;
  seconds: number;
  jobs: number;
  loads: readonly Load[];
  /** The kinds of faults; left out: all. */
  faults?: readonly string[] | undefined;
  /** Which Temporal it runs on; left out: the development server. */
  temporal?: TemporalKind | undefined;
  /** Where files are kept; left out: in folders. */
  storage?: StorageKind | undefined;
}

interface Surroundings {
  log: Logger;
  signal: AbortSignal;
  say: (line: string) => void;
}

interface Plan {
  faults: Fault[];
  acts: Act[];
}

export interface RunResult {
  faults: number;
  counts: Counts[];
  problems: Problem[];
}

/** Two kinds of chance, so that another number of jobs leaves the faults of a seed as they are. */
function planRun(
  { seed, seconds, jobs, loads, faults: only, temporal }: RunOptions,
  without: readonly string[],
): Plan {
  return {
    faults: planFaults({ random: new Random(seed), seconds, without, only, temporal }),
    acts: planActs({ random: new Random(~seed), seconds, jobs, loads }),
  };
}

async function thoseThatCanRun(loads: readonly Load[], say: (line: string) => void): Promise<Load[]> {
  const able: Load[] = [];
  for (const load of loads) {
    const missing = await load.missing?.();
    if (missing === undefined) able.push(load);
    else say(`no jobs of ${load.queue.name}: ${missing}`);
  }
  return able;
}

/** Workers of applications that have no load in this run. */
const workersWithoutLoad = (loads: readonly Load[]): string[] =>
  applicationWorkers.filter((worker) => !loads.some(({ workers = [] }) => workers.includes(worker)));

/** What this machine has not, so that it is left out. */
async function missingVictims(storage: StorageKind, say: (line: string) => void): Promise<string[]> {
  const pgbouncer = await findPgBouncer();
  say(
    pgbouncer === undefined
      ? 'PgBouncer is not installed: all processes connect to Postgres itself'
      : `PgBouncer, in transaction mode, between Postgres and ${pooledRoles.join(', ')}`,
  );
  await probeSandbox({ readable: [] }).then(
    () => say('bubblewrap around the commands of builds and agent runs'),
    (error: Error) => say(`no sandbox around the commands of builds and agent runs: ${error.message}`),
  );
  return [
    ...(disksCanBeFilled ? [] : ['disk']),
    ...(pgbouncer === undefined ? ['pgbouncer'] : []),
    ...(storage === 's3' ? [] : ['s3', ...storeLinks.map(linkName)]),
  ];
}

/**
 * One run: start → load and faults → heal → settle → judge. With problems its folder stays, and is named with the plan.
 * @throws when the signal broke it off, or what it needs could not be started
 */
export async function runChaos(options: RunOptions, around: Surroundings): Promise<RunResult> {
  const { signal, say } = around;
  const loads = await thoseThatCanRun(options.loads, say);
  const { temporal = 'dev', storage = 'folders' } = options;
  const without = [...(await missingVictims(storage, say)), ...workersWithoutLoad(loads)];
  const plan = planRun({ ...options, loads }, without);
  const stack = await startStack(loads, { log: around.log, temporal, storage, say });
  let keepFolder = false;
  try {
    const result = await disturbAndJudge(stack, plan, { ...around, seconds: options.seconds });
    keepFolder = result.problems.length > 0;
    if (keepFolder) await tellProblems(stack, plan, result.problems, say);
    return result;
  } catch (error) {
    keepFolder = !signal.aborted;
    if (keepFolder) say(`the folder of this run: ${stack.folder}`);
    throw error;
  } finally {
    await stack.close({ keepFolder });
  }
}

async function disturbAndJudge(
  stack: Stack,
  plan: Plan,
  { signal, say, seconds }: Surroundings & { seconds: number },
): Promise<RunResult> {
  await untilReady(stack, signal);
  const ledger = new Ledger();
  const timeOver = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  const settled = new AbortController();
  const telling = tellProgress(stack, say);
  try {
    say(`${plan.faults.length} faults in ${seconds} s, and then until all is done; folder ${stack.folder}`);
    const answering = answerQuestions(stack, ledger, AbortSignal.any([signal, settled.signal]));
    const acting = performActs(stack, plan.acts, { ledger, timeOver, signal });
    for (const users of [acting, answering]) users.catch(() => undefined); // told where they are awaited
    const [faults] = await Promise.all([
      injectFaults(stack, plan.faults, { signal: timeOver, say }),
      sleep(seconds * 1000, signal),
    ]);
    signal.throwIfAborted();
    say('all faults are over; waiting until all is done');
    await untilReady(stack, signal);
    await acting;
    await untilSettled(stack, signal);
    settled.abort();
    await answering;
    signal.throwIfAborted();
    const evidence = await gatherEvidence(stack, ledger);
    say(`refused rows: ${ledger.refused.size}`);
    say(`failures, all in all: ${failuresOf(evidence)}`);
    return { faults, counts: await countJobs(stack), problems: judge(evidence) };
  } finally {
    settled.abort();
    clearInterval(telling);
  }
}

/** How often each queue failed with each code. */
function failuresOf({ queues }: Evidence): string {
  const codes = queues.flatMap(({ load, rows }) =>
    rows.filter(({ state }) => state === 'failed').map(({ errorCode }) => `${load.queue.name} ${errorCode}`),
  );
  const counted = Map.groupBy(codes, (code) => code);
  return [...counted].map(([code, all]) => `${all.length} ${code}`).join(', ') || 'none';
}

const readyWithinMs = 180_000;

async function untilReady(stack: Stack, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(readyWithinMs)]);
  while (!(await stack.ready())) {
    await sleep(200, late);
    signal.throwIfAborted();
    if (late.aborted) {
      const crashes = crashesOf(stack).join(', ') || 'none ended by itself';
      throw new Error(`not every role is ready after ${readyWithinMs / 1000} s (${crashes})`);
    }
  }
}

const tellEveryMs = 5_000;

function tellProgress(stack: Stack, say: (line: string) => void): NodeJS.Timeout {
  const began = performance.now();
  return setInterval(() => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(3);
    countJobs(stack).then(
      (counts) => say(`${seconds} s    ${counts.map(progressOf).join(', ')}`),
      () => say(`${seconds} s    Postgres is away`),
    );
  }, tellEveryMs);
}

const progressOf = (counts: Counts) => `${counts.queue} ${sumOf([counts], endedStates)}/${sumOf([counts])}`;

async function tellProblems(stack: Stack, plan: Plan, problems: Problem[], say: (line: string) => void) {
  for (const { kind, what } of problems) say(`${kind}: ${what}`);
  say('the plan of the faults:');
  for (const fault of plan.faults) say(describeFault(fault));
  await writeFile(join(stack.folder, 'plan.json'), JSON.stringify(plan, null, 1));
  await writeFile(join(stack.folder, 'problems.json'), JSON.stringify(problems, null, 1));
  say(`logs, plan.json and problems.json: ${stack.folder}`);
}
