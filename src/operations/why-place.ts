import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { WhyStatements } from '../sql/why.ts';
import type { Admission } from '../starter/admission.ts';
import { mostPartitions, type Partition, shareOut } from '../starter/key-turns.ts';
import type { WaitReason } from './views.ts';
import { countOf, quoted } from './why-words.ts';

/** How far a look goes into the rows that wait. */
const mostRows = 1_000;

export interface WaitingJob {
  id: string;
  key: string;
  priority: number;
  exact_priority: string;
}

interface Look {
  pool: Pool;
  queue: QueueDefinition;
  statements: WhyStatements & ClaimStatements;
  admission: Admission;
}

/** Which jobs go before it; empty: it is among those that the next claim takes, as far as there is room. */
export function whoGoesFirst(look: Look, job: WaitingJob): Promise<WaitReason[]> {
  return look.admission.keys === undefined ? inOrder(look, job) : inTurns(look, job);
}

async function inOrder({ pool, queue, statements, admission }: Look, job: WaitingJob): Promise<WaitReason[]> {
  const { rows } = await pool.query<{ place: number }>(statements.place, [job.id, mostRows]);
  const before = (rows[0]?.place ?? mostRows + 1) - 1;
  if (before < roomOf(queue, admission)) return [];
  return [behind(`${countOf(before, 'job', mostRows)} of the queue ${go(before)} first`)];
}

/** Keys take turns: it is told what goes before it among the jobs of its key, and which other jobs and keys go before those. */
async function inTurns(look: Look, job: WaitingJob): Promise<WaitReason[]> {
  const { pool, queue, statements, admission } = look;
  const [place, partitions] = await Promise.all([
    pool.query<{ place: number }>(statements.placeInPartition, [
      job.id,
      mostRows,
      job.exact_priority,
      job.key,
    ]),
    readPartitions(look),
  ]);
  const beforeInKey = (place.rows[0]?.place ?? mostRows + 1) - 1;
  const own = shareOut(partitions, roomOf(queue, admission)).find(({ partition }) => isOf(partition, job));
  if (own !== undefined && beforeInKey < own.jobs) return [];
  const words = [
    ...(await ofLowerPriority(look, partitions, job)),
    ...ofItsKey(beforeInKey, job),
    ...otherKeys(partitions, job),
  ];
  return words.length === 0 ? [] : [behind(words.join('; '))];
}

async function readPartitions({ pool, statements, admission }: Look): Promise<Partition[]> {
  const { keys } = admission;
  if (keys === undefined || statements.partitions === undefined) return [];
  const values = [keys.maxInFlight, keys.paused, mostPartitions, '-infinity', [], []];
  return (await pool.query<Partition>(statements.partitions, values)).rows;
}

const isOf = (partition: Partition, { exact_priority, key }: WaitingJob) =>
  partition.exact_priority === exact_priority && partition.key === key;

/** Those of lower priority numbers go first, unless what they wait for is room of their own keys. */
async function ofLowerPriority(
  { pool, statements }: Look,
  partitions: readonly Partition[],
  job: WaitingJob,
) {
  if (!partitions.some(({ priority }) => priority < job.priority)) return [];
  const { rows } = await pool.query<{ jobs: number }>(statements.ofLowerPriority, [
    mostRows,
    job.exact_priority,
  ]);
  const jobs = rows[0]?.jobs ?? 0;
  return [
    `${countOf(jobs, 'job', mostRows)} with a lower priority number than ${job.priority} ${go(jobs)} first`,
  ];
}

const ofItsKey = (before: number, { key }: WaitingJob) =>
  before === 0
    ? []
    : [
        `${countOf(before, 'job', mostRows)} of ${key === '' ? 'those without a key' : `the key ${quoted(key)}`} ${go(before)} first`,
      ];

function otherKeys(partitions: readonly Partition[], job: WaitingJob) {
  const others = partitions.filter(
    (partition) => partition.exact_priority === job.exact_priority && partition.key !== job.key,
  );
  return others.length === 0
    ? []
    : [
        `it takes turns with ${countOf(others.length, 'other key', mostPartitions)}: the one with the least in flight goes first`,
      ];
}

/** How many of the first go at once, when what holds all of them has ended: one as soon as one place is free. */
function roomOf(queue: QueueDefinition, { room, why }: Admission): number {
  if (room > 0) return room;
  return why === 'full' || why === 'rate' ? 1 : queue.batch;
}

const go = (jobs: number) => (jobs === 1 ? 'goes' : 'go');

const behind = (text: string): WaitReason => ({
  code: 'BEHIND',
  text,
  wayOut: 'wait, or give it a lower priority number, which goes first: switchyard.reprioritize',
});
