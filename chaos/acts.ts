import type { Job, Load, Variant } from './load.ts';
import type { Random } from './random.ts';
import { type Refuser, refusers } from './refusals.ts';

/** What somebody who uses the system does, and when after the start of the load. */
export type Act = { atMs: number } & (
  | { kind: 'upload'; job: PlannedJob }
  | { kind: 'insert'; jobs: PlannedJob[] }
  | { kind: 'roll back'; jobs: PlannedJob[] }
  | { kind: 'insert refused'; job: PlannedJob; refuser: Refuser }
  | { kind: 'disturb'; queue: string; what: string }
  | { kind: Disturbance; queue: string }
);

/** A job that has no id yet. */
export type PlannedJob = Omit<Job, 'id'>;

export type Disturbance = 'cancel' | 'cancel in Temporal' | 'terminate' | 'retry';

type PlannedLoad = Pick<Load, 'weight' | 'after' | 'upload' | 'disturbances'> & {
  queue: { name: string };
  variants: Readonly<Record<string, Variant>>;
};

interface ActOptions {
  random: Random;
  seconds: number;
  jobs: number;
  loads: readonly PlannedLoad[];
}

/** What is done besides, for each hundred jobs. */
const perHundredJobs = { cancel: 6, 'cancel in Temporal': 2, retry: 6, terminate: 3 };
const rolledBackPerHundred = 5;
const refusedPerHundred = 3;

/** How many of the jobs that the API takes come by it, and how many transactions make one job alone. */
const shares = { uploaded: 0.7, single: 0.7 };

/** Exactly `jobs` jobs, spread over the first nine tenths of the time, and what is done to them. */
export function planActs(options: ActOptions): Act[] {
  const { random, jobs, loads } = options;
  const time = (from: number, to: number) => {
    const ms = options.seconds * 1000;
    return random.between(Math.floor(from * ms), Math.floor(to * ms));
  };
  const acts: Act[] = [];
  for (let left = jobs; left > 0; ) {
    const act = planMaking(options, left);
    acts.push({ ...act, atMs: time(0, 0.9) });
    left -= act.kind === 'upload' ? 1 : act.jobs.length;
  }
  const times = (share: number) => Array.from({ length: Math.ceil((jobs * share) / 100) });
  for (const _ of times(rolledBackPerHundred))
    acts.push({ kind: 'roll back', jobs: pickJobs(options, random.between(1, 5), 5), atMs: time(0.1, 1) });
  acts.push(...planRefused(options).map((act) => ({ ...act, atMs: time(0, 0.5) })));
  acts.push(...planOwn(options).map((act) => ({ ...act, atMs: time(0.1, 1) })));
  for (const [kind, share] of Object.entries(perHundredJobs)) {
    for (const _ of times(share)) {
      const { queue } = random.weighted(loads);
      acts.push({ kind: kind as Disturbance, queue: queue.name, atMs: time(0.1, 1) });
    }
  }
  return acts.sort((a, b) => a.atMs - b.atMs);
}

/** What is done to the jobs of some loads alone, as often as these have jobs. */
function planOwn({ jobs, loads }: ActOptions) {
  const all = loads.reduce((sum, { weight }) => sum + weight, 0);
  return loads.flatMap(({ queue, weight, disturbances = {} }) =>
    Object.entries(disturbances).flatMap(([what, { perHundredJobs: share }]) =>
      Array.from({ length: Math.ceil((((jobs * weight) / all) * share) / 100) }, () => ({
        kind: 'disturb' as const,
        queue: queue.name,
        what,
      })),
    ),
  );
}

/** An upload, or a transaction of at most so many jobs. */
function planMaking(options: ActOptions, most: number) {
  const { random } = options;
  const many = random.next() < shares.single ? 1 : random.between(1, 5);
  const jobs = pickJobs(options, many, most);
  const [job] = jobs;
  const load = options.loads.find(({ queue }) => queue.name === job?.queue);
  return job !== undefined && load?.upload !== undefined && random.next() < shares.uploaded
    ? ({ kind: 'upload', job } as const)
    : ({ kind: 'insert', jobs } as const);
}

/** Rows of queues whose jobs neither wait for others nor are waited for; refused in each way equally often. */
function planRefused({ random, loads, jobs }: ActOptions) {
  const alone = loads.filter(
    (load) => load.after === undefined && !loads.some(({ after }) => after === load.queue.name),
  );
  if (alone.length === 0) return [];
  const rounds = Math.max(1, Math.round((jobs * refusedPerHundred) / 100 / refusers.length));
  return Array.from({ length: rounds }, () => refusers)
    .flat()
    .map((refuser) => ({
      kind: 'insert refused' as const,
      job: pickVariant(random, random.weighted(alone)),
      refuser,
    }));
}

/** Jobs of any queues: as many as wanted, or one more where the last must follow another. */
function pickJobs(options: ActOptions, wanted: number, most: number): PlannedJob[] {
  const jobs: PlannedJob[] = [];
  while (jobs.length < Math.min(wanted, most)) {
    const next = pickJob(options);
    if (jobs.length + next.length <= most) jobs.push(...next);
  }
  return jobs;
}

function pickJob({ random, loads }: ActOptions): PlannedJob[] {
  const load = random.weighted(loads);
  const before = loads.filter(({ queue }) => queue.name === load.after);
  return [...before, load].map((each) => pickVariant(random, each));
}

function pickVariant(random: Random, { queue, variants }: PlannedLoad): PlannedJob {
  const named = Object.entries(variants).map(([variant, { weight }]) => ({ variant, weight }));
  return { queue: queue.name, variant: random.weighted(named).variant };
}
