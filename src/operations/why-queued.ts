import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { WhyStatements } from '../sql/why.ts';
import { type AdmissionRow, decide, lookAtAdmission } from '../starter/admission.ts';
import type { WaitReason } from './views.ts';
import { pausesOf } from './why-pauses.ts';
import { type WaitingJob, whoGoesFirst } from './why-place.ts';
import type { JobRow } from './why-row.ts';
import { command, countOf, quoted } from './why-words.ts';

export interface Look {
  pool: Pool;
  queue: QueueDefinition;
  statements: WhyStatements & ClaimStatements;
}

/** What keeps a claim from taking a waiting job: pauses, and everything else. */
export async function whatHolds(
  look: Look,
  job: JobRow & WaitingJob,
): Promise<{ pauses: WaitReason[]; others: WaitReason[] }> {
  const { pool, queue, statements } = look;
  const [row, pauses, ofKey] = await Promise.all([
    lookAtAdmission(pool, queue, statements),
    pausesOf(look, job.key),
    keyLimit(look, job.key),
  ]);
  // The place of the job is the same whatever holds the queue as a whole.
  const admission = decide(queue, { ...row, another_goes_first: false, pauses: ofItsJobs(row) });
  const goFirst = job.run_at === null ? await whoGoesFirst({ ...look, admission }, job) : [];
  const keepsOut = admission.why === 'paused' && (admission.room === 0 || goFirst.length > 0);
  const isHeld = ({ automatic }: { automatic: boolean }) => !automatic || keepsOut;
  return {
    pauses: pauses.filter(isHeld).map(({ reason }) => reason),
    others: [...otherQueue(queue, row), ...queueLimit(queue, row), ...rate(queue, row), ...ofKey, ...goFirst],
  };
}

const ofItsJobs = ({ pauses }: AdmissionRow) =>
  (pauses ?? []).filter(({ scope, automatic }) => scope === 'key' || automatic);

function otherQueue({ after }: QueueDefinition, { another_goes_first }: AdmissionRow): WaitReason[] {
  if (!another_goes_first) return [];
  return [
    {
      code: 'OTHER_QUEUE_FIRST',
      text: `the queue ${quoted(after?.name ?? '')} goes first, and has jobs waiting`,
      wayOut: `wait for them; while ${quoted(after?.name ?? '')} is paused, this queue goes on`,
    },
  ];
}

function queueLimit(queue: QueueDefinition, row: AdmissionRow): WaitReason[] {
  const most = row.max_in_flight ?? queue.maxInFlight;
  if (most === null || row.in_flight < most) return [];
  return [
    {
      code: 'LIMIT',
      text: `the queue ${quoted(queue.name)} has ${countOf(row.in_flight, 'job')} in flight, and its limit is ${most}`,
      wayOut: command('limits', queue.name, '--in-flight', String(Math.max(1, most * 2))),
    },
  ];
}

function rate(queue: QueueDefinition, { rate, tokens }: AdmissionRow): WaitReason[] {
  if (rate === null || (tokens ?? Math.max(1, rate)) >= 1) return [];
  return [
    {
      code: 'RATE',
      text: `the queue ${quoted(queue.name)} starts at most ${rate} a second, and has used that up`,
      wayOut: command('limits', queue.name, '--rate', String(rate * 2)),
    },
  ];
}

async function keyLimit({ pool, queue, statements }: Look, key: string): Promise<WaitReason[]> {
  if (queue.key === undefined) return [];
  const { rows } = await pool.query<{ in_flight: number; max_in_flight: number | null }>(
    statements.keyLimit,
    [key],
  );
  const { in_flight: inFlight = 0, max_in_flight: most = null } = rows[0] ?? {};
  if (most === null || inFlight < most) return [];
  const whose = key === '' ? 'jobs without a key have' : `the key ${quoted(key)} has`;
  return [
    {
      code: 'LIMIT',
      text: `${whose} ${inFlight} in flight, and the limit of a key is ${most}`,
      wayOut: command('limits', queue.name, '--key', key, '--in-flight', String(Math.max(1, most * 2))),
    },
  ];
}
