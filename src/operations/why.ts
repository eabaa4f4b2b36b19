import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { claimStatements } from '../sql/claim.ts';
import { whyStatements } from '../sql/why.ts';
import { definitionOf } from './definition.ts';
import type { RegisteredQueue } from './registered-queue.ts';
import type { WaitReason } from './views.ts';
import { type LookUpPollers, lookAround, noStarter, noWorker, temporalAway } from './why-around.ts';
import { pausesOf } from './why-pauses.ts';
import { type Look, whatHolds } from './why-queued.ts';
import { canceling, type JobRow, notBefore, refusedStarts, waitsForAnswer } from './why-row.ts';

interface WhyDeps {
  pool: Pool;
  /** Left out: Temporal is not asked, and nothing is said of it and of workers. */
  lookUpPollers?: LookUpPollers | undefined;
  /** The definitions that this process has of queues; left out: none. */
  own?: readonly QueueDefinition[];
}

/**
 * Why a job is not running: what has to change, first things first. Empty for one that runs or has ended. It goes by what claims go by, at
 * the cost of a look at a thousand rows at most, whatever waits. What it says holds for the moment: the next claim may have taken the job.
 * @param id as Postgres writes it. `undefined`: there is no such job.
 */
export async function whyNotRunning(
  { pool, lookUpPollers, own = [] }: WhyDeps,
  queue: RegisteredQueue,
  id: string,
): Promise<WaitReason[] | undefined> {
  const definition = await definitionOf(pool, queue, own);
  if (definition === undefined) return notServedYet(queue);
  const statements = { ...claimStatements(definition), ...whyStatements(definition) };
  const { rows } = await pool.query<JobRow>(statements.job, [id]);
  const [job] = rows;
  if (job === undefined) return undefined;
  const look = { pool, queue: definition, kind: queue.kind, statements, lookUpPollers };
  switch (job.word) {
    case definition.states.waiting:
      return whyQueued(look, { ...job, id });
    case definition.states.inFlight:
      return whyNoProgress(look, job);
    case definition.parking?.state:
      return [...canceling(job), ...waitsForAnswer(job, queue.name, id)];
    default:
      return [];
  }
}

/** Its code says what holds its jobs, and no process with that code has told yet. */
const notServedYet = ({ name }: RegisteredQueue): WaitReason[] => [
  {
    code: 'NO_STARTER',
    text: `no starter of this version has served the queue ${JSON.stringify(name)} yet`,
    wayOut: 'start the starter of the application that defines the queue',
  },
];

type Seen = Look & { kind: RegisteredQueue['kind']; lookUpPollers: LookUpPollers | undefined };

async function whyQueued(look: Seen, job: JobRow & { id: string }): Promise<WaitReason[]> {
  const holds = await whatHolds(look, job);
  const around = await aroundOf(look);
  const reasons = [
    ...canceling(job),
    ...notBefore(job),
    ...holds.pauses,
    ...noStarter(look.queue.name, around),
    ...temporalAway(around),
    ...refusedStarts(job),
    ...holds.others,
  ];
  const lacksWorker = noWorker(look.queue, around);
  return reasons.length > 0 ? [...reasons, ...lacksWorker] : [...lacksWorker, next(lacksWorker.length === 0)];
}

/** A job in flight whose workflow does nothing. */
async function whyNoProgress(look: Seen, job: JobRow): Promise<WaitReason[]> {
  const pauses = await pausesOf(look, job.key);
  const around = await aroundOf(look);
  return [
    ...canceling(job),
    ...pauses.filter(({ automatic }) => automatic).map(({ reason }) => reason),
    ...temporalAway(around),
    ...noWorker(look.queue, around),
  ];
}

const aroundOf = ({ pool, queue, kind, lookUpPollers }: Seen) =>
  lookAround(pool, { name: queue.name, kind, taskQueue: queue.taskQueue }, lookUpPollers);

const next = (isAll: boolean): WaitReason => ({
  code: 'NEXT',
  text: isAll ? 'nothing holds it: it starts with the next claim' : 'it starts with the next claim',
  wayOut: null,
});
