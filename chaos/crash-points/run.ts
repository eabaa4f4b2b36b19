import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Crash, type Life, runUntilDeath } from './doomed-process.ts';
import type { CrashRole, Scenario, Site } from './scenario.ts';
import { untilSettled } from './settle.ts';
import { createSite } from './site.ts';
import type { World } from './world.ts';

/** How one job fared whose processes died where they were told. */
export interface RunReport {
  lives: Life[];
  /** What is not as it must be; empty when all holds. */
  broken: string[];
  /** Temporary files at the end, which the sweep takes later. */
  leftOvers: string[];
  /** The logs of a run that broke something. */
  folder: string;
}

interface RunOptions {
  /** A role to run as a process of its own that lives, to learn its interactions. */
  watch?: CrashRole;
  /** Files that these processes load before their own code. */
  preloads?: readonly string[];
}

/** What a run is made in and of. */
export interface Harness {
  world: World;
  scenario: Scenario;
}

const roleNames: readonly CrashRole[] = ['starter', 'worker'];

/** Runs one job through processes that die at these points, then through processes that live, and looks what came of it. */
export async function runWithCrashes(
  { world, scenario }: Harness,
  crashes: readonly Crash[],
  options: RunOptions = {},
): Promise<RunReport> {
  const site = await createSite(world, scenario);
  let keep = true;
  try {
    const { lives, trouble } = await live(site, crashes, options);
    const left = await scenario.leftOvers(site);
    const deaths = lives.filter(({ died }) => died).length;
    const broken = trouble === undefined ? await scenario.broken(site, deaths) : [trouble];
    keep = broken.length > 0;
    return { lives, broken, leftOvers: left, folder: site.folder };
  } finally {
    await site.close(keep);
  }
}

async function live(
  site: Site,
  crashes: readonly Crash[],
  { watch, preloads = [] }: RunOptions,
): Promise<{ lives: Life[]; trouble: string | undefined }> {
  const settled = new AbortController();
  const running = roleNames.map((role) => {
    const own = crashes.filter((crash) => crash.role === role);
    return keepRunning({
      site,
      role,
      crashes: watch === role ? [undefined] : own,
      preloads,
      settled: settled.signal,
    });
  });
  const settling = untilSettled(site, settled.signal);
  // A role ends only once the job has settled, or when it fails.
  await Promise.race([settling, Promise.all(running)]).finally(() => settled.abort());
  return { trouble: await settling, lives: (await Promise.all(running)).flat() };
}

/** The lives of one role, one after the other, and then one without an end, within this process. */
async function keepRunning(options: {
  site: Site;
  role: CrashRole;
  crashes: readonly (Crash | undefined)[];
  preloads: readonly string[];
  settled: AbortSignal;
}): Promise<Life[]> {
  const { site, role, settled, preloads } = options;
  const lives: Life[] = [];
  for (const crash of options.crashes) {
    if (settled.aborted) return lives;
    const name = `${role}-${lives.length + 1}`;
    lives.push(await runUntilDeath({ site, role, crash, preloads, name, settled }));
  }
  if (settled.aborted) return lives;
  const name = `${role}-last`;
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const env = { ...site.env, WORKER_ID: name };
  const running = site.scenario.run(role, env, { log, signal: settled });
  await running.finally(() => writeFile(join(site.folder, `${name}.log`), lines.join('')));
  return lives;
}
