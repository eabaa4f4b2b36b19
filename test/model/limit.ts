import type { Model, Step } from './search.ts';

/** What holds a limit of jobs in flight. */
export interface LimitProtocol {
  /** Claims count and mark one after the other: `lockQueue` in src/sql/room.ts. */
  queueLock: boolean;
  /** A run that takes over a queued row counts like a claim, and waits while there is no room. */
  takeOverCounts: boolean;
}

export const limitDesign: LimitProtocol = { queueLock: true, takeOverCounts: true };

export const limitMutations: { name: string; without: Partial<LimitProtocol> }[] = [
  { name: 'no lock around counting and claiming', without: { queueLock: false } },
  { name: 'a take-over that does not count', without: { takeOverCounts: false } },
];

interface Job {
  row: 'queued' | 'processing' | 'ended';
  run: 'none' | 'begin' | 'work' | 'over';
}

interface Starter {
  at: 'idle' | 'counted' | 'locked' | 'started';
  /** The job that it holds. */
  job: number;
}

interface LimitState {
  jobs: readonly Job[];
  starters: readonly Starter[];
  faultsLeft: number;
}

const limit = 1;
const idle: Starter = { at: 'idle', job: -1 };
const queued: Job = { row: 'queued', run: 'none' };

/** Two jobs, room for one of them in flight, two starters that may die or lose an answer. */
export function limitProtocol(protocol: LimitProtocol): Model<LimitState> {
  return {
    initial: { jobs: [queued, queued], starters: [idle, idle], faultsLeft: 2 },
    steps: (state) => [
      ...state.starters.flatMap((starter, index) => starterSteps(protocol, state, starter, index)),
      ...state.jobs.flatMap((job, index) => runSteps(protocol, state, job, index)),
    ],
    keyOf: (state) => JSON.stringify(state),
    broken: (_, { to }) =>
      inFlight(to) > limit ? 'more jobs are in flight than the limit allows' : undefined,
    isSettled: ({ jobs }) => jobs.every(({ row, run }) => row === 'ended' && run === 'over'),
  };
}

const inFlight = ({ jobs }: LimitState): number => jobs.filter(({ row }) => row === 'processing').length;
const isLocked = ({ starters }: LimitState): boolean => starters.some(({ at }) => at !== 'idle');
const isHeld = ({ starters }: LimitState, job: number): boolean =>
  starters.some((starter) => starter.job === job);

const withStarter = (state: LimitState, index: number, starter: Starter): LimitState => ({
  ...state,
  starters: state.starters.with(index, starter),
});
const withJob = (state: LimitState, index: number, change: Partial<Job>): LimitState => ({
  ...state,
  jobs: state.jobs.map((job, at) => (at === index ? { ...job, ...change } : job)),
});

function starterSteps(
  protocol: LimitProtocol,
  state: LimitState,
  starter: Starter,
  index: number,
): Step<LimitState>[] {
  const { at, job } = starter;
  const name = `starter ${'AB'.charAt(index)}`;
  const step = (tell: string, to: LimitState): Step<LimitState> => ({
    tell: `${name} ${tell}`,
    to,
    certain: true,
  });
  const fault = (tell: string, to: LimitState): Step<LimitState>[] =>
    state.faultsLeft === 0
      ? []
      : [{ ...step(tell, { ...to, faultsLeft: state.faultsLeft - 1 }), certain: false }];
  const over = withStarter(state, index, idle);
  const started = withJob(state, job, state.jobs[job]?.run === 'none' ? { run: 'begin' } : {});
  const dies = fault('dies: Postgres rolls back', over);
  switch (at) {
    case 'idle': {
      if ((protocol.queueLock && isLocked(state)) || inFlight(state) >= limit) return [];
      return [step(`counts ${inFlight(state)} in flight`, withStarter(state, index, { at: 'counted', job }))];
    }
    case 'counted': {
      const free = [...state.jobs.keys()].filter(
        (at) => state.jobs[at]?.row === 'queued' && !isHeld(state, at),
      );
      const locks = free.map((at) =>
        step(`locks row ${at + 1}`, withStarter(state, index, { at: 'locked', job: at })),
      );
      return free.length === 0 ? [step('finds no row', over)] : [...locks, ...dies];
    }
    case 'locked':
      return [
        step(`has run ${job + 1} started`, withStarter(started, index, { at: 'started', job })),
        ...fault(`has run ${job + 1} started, and the answer is lost`, withStarter(started, index, idle)),
        ...dies,
      ];
    case 'started':
      return [step(`marks row ${job + 1} and commits`, withJob(over, job, { row: 'processing' })), ...dies];
  }
}

/** Run 1 is that of row 1, run 2 that of row 2. */
function runSteps(
  protocol: LimitProtocol,
  state: LimitState,
  { row, run }: Job,
  index: number,
): Step<LimitState>[] {
  if (isHeld(state, index)) return [];
  const step = (tell: string, change: Partial<Job>): Step<LimitState>[] => [
    { tell: `run ${index + 1} ${tell}`, to: withJob(state, index, change), certain: true },
  ];
  if (run === 'work') return step('ends its row', { row: 'ended', run: 'over' });
  if (run !== 'begin') return [];
  if (row === 'processing') return step('sees its row in flight and goes to work', { run: 'work' });
  const waits = protocol.takeOverCounts && (isLocked(state) || inFlight(state) >= limit);
  return waits ? [] : step(`takes over row ${index + 1}`, { row: 'processing', run: 'work' });
}
