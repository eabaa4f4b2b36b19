import type { Crash, Interaction } from './doomed-process.ts';
import { type Harness, type RunReport, runWithCrashes } from './run.ts';
import type { CrashRole } from './scenario.ts';

export interface SeriesOptions extends Harness {
  /** How many runs go on at once; most of their time they wait for Temporal to notice a death. */
  concurrency: number;
  /** Told after every run. */
  onRun: (report: RunReport) => void;
}

export interface SeriesReport {
  /** Points that a process met and died at. */
  tried: number;
  broken: string[];
}

/** The interactions of a process that lives through a whole job. */
export async function listInteractions(harness: Harness, role: CrashRole): Promise<Interaction[]> {
  const { lives, broken } = await runWithCrashes(harness, [], { watch: role });
  if (broken.length > 0) throw new Error(`a job without any crash went wrong: ${broken.join('; ')}`);
  return lives.flatMap(({ interactions }) => interactions);
}

/**
 * Tries both sides of every interaction of the role, and of every further one that shows in any of these runs, until none
 * is left: not every run is like the first, for a starter looks for more as long as it lives.
 */
export async function tryEveryPoint(options: SeriesOptions, role: CrashRole): Promise<SeriesReport> {
  const report: SeriesReport = { tried: 0, broken: [] };
  const known = new Set<string>();
  let found = await listInteractions(options, role);
  while (found.length > 0) {
    const fresh = found.filter(({ name, nth }) => !known.has(`${nth} ${name}`));
    found = [];
    const points = fresh.flatMap((interaction) => {
      const key = `${interaction.nth} ${interaction.name}`;
      if (known.has(key)) return [];
      known.add(key);
      return bothSides(role, interaction);
    });
    const onRun = (run: RunReport) => {
      found.push(...run.lives.flatMap(({ interactions }) => interactions));
      options.onRun(run);
    };
    const next = await tryRuns(
      { ...options, onRun },
      points.map((point) => [point]),
    );
    report.tried += next.tried;
    report.broken.push(...next.broken);
  }
  return report;
}

/** Runs one job for each list of crashes. A list counts when every process of it met its point. */
export async function tryRuns(
  options: SeriesOptions,
  runs: readonly (readonly Crash[])[],
): Promise<SeriesReport> {
  const report: SeriesReport = { tried: 0, broken: [] };
  const waiting = [...runs];
  const next = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const done = await runWithCrashes(options, run);
      report.broken.push(
        ...done.broken.map((problem) => `${describeRun(done)}: ${problem}; see ${done.folder}`),
      );
      if (done.lives.filter(({ died }) => died).length === run.length) report.tried += 1;
      options.onRun(done);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, next));
  return report;
}

/** "starter died after Postgres: COMMIT (2)" */
export function describeRun({ lives }: RunReport): string {
  const deaths = lives.map(({ role, crash, died }) => {
    if (crash === undefined) return `${role} lived`;
    return `${role} ${died ? 'died' : 'never came to be'} ${crash.side} ${crash.name} (${crash.nth})`;
  });
  return deaths.join(', then ');
}

const sides = ['before', 'after'] as const;

export function bothSides(role: CrashRole, { name, nth }: Interaction): Crash[] {
  return sides.map((side) => ({ role, name, nth, side }));
}
