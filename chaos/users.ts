import { randomUUID } from 'node:crypto';
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { PoolClient } from '../src/platform/database.ts';
import { isDatabaseTrouble } from '../src/platform/database-errors.ts';
import { systemErrorCode } from '../src/platform/errors.ts';
import { sleep } from '../src/platform/shutdown.ts';
import { workflowIdOf } from '../src/queues/definition.ts';
import type { Act, Disturbance, PlannedJob } from './acts.ts';
import type { Ledger } from './ledger.ts';
import { type Job, jobName, type Load } from './load.ts';
import { type Refuser, refuseRow } from './refusals.ts';
import type { Stack } from './stack.ts';
import { userStatements } from './statements.ts';

const againAfterMs = 300;
const answerWithinMs = 8_000;

interface Acting {
  stack: Stack;
  ledger: Ledger;
  signal: AbortSignal;
  /** A number that no other job of this run has. */
  nextId: () => string;
}

/**
 * Performs acts, each at its time. Who makes a job tries again until it is acknowledged, always under the same name (an
 * `Idempotency-Key`, an id), so that afterwards exactly one job must be there; other acts are tried once.
 */
export async function performActs(
  stack: Stack,
  plan: readonly Act[],
  options: { ledger: Ledger; timeOver: AbortSignal; signal: AbortSignal },
): Promise<void> {
  const { ledger, signal } = options;
  let lastId = 1_000_000;
  const acting: Acting = { stack, ledger, signal, nextId: () => String(++lastId) };
  await Promise.all(
    plan.map(async (act) => {
      await sleep(act.atMs, signal);
      if (act.kind === 'upload') return upload(acting, act.job);
      if (act.kind === 'insert') return insert(acting, named(acting, act.jobs));
      if (act.kind === 'insert refused') return insert(acting, named(acting, [act.job]), act.refuser);
      if (options.timeOver.aborted) return;
      if (act.kind === 'roll back') return rollBack(acting, named(acting, act.jobs));
      if (act.kind === 'disturb') return disturbLoad(acting, act);
      return once(() => disturbJob(acting, act.kind, loadOf(stack, act.queue)));
    }),
  );
}

function loadOf({ loads }: Stack, name: string): Load {
  const found = loads.find(({ queue }) => queue.name === name);
  if (found === undefined) throw new Error(`there is no load "${name}"`);
  return found;
}

function named({ stack, nextId }: Acting, jobs: readonly PlannedJob[]): Job[] {
  return jobs.map((job) => {
    const hasUuids = loadOf(stack, job.queue).queue.idType === 'uuid';
    return { ...job, id: hasUuids ? randomUUID() : nextId() };
  });
}

async function upload({ stack, ledger, signal }: Acting, job: PlannedJob): Promise<void> {
  const ask = loadOf(stack, job.queue).upload;
  const key = randomUUID();
  for (; ask !== undefined && !signal.aborted; await sleep(againAfterMs, signal)) {
    const answer = await ask(stack.urls.api, job.variant, key, AbortSignal.timeout(answerWithinMs))
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch(() => undefined); // killed, frozen, or on its way back: asked again
    if (answer === undefined || answer.status >= 500) continue;
    if (answer.status !== 202) ledger.refusals.push(`upload answered ${answer.status}: ${answer.body}`);
    else ledger.acknowledge({ ...job, id: (JSON.parse(answer.body) as { id: string }).id });
    return;
  }
}

/** One transaction of several rows. A COMMIT whose answer was lost is done again: the ids decide. */
async function insert(
  { stack, ledger, signal }: Acting,
  jobs: readonly Job[],
  refuser?: Refuser,
): Promise<void> {
  if (refuser !== undefined) for (const job of jobs) ledger.refused.add(jobName(job));
  for (; !signal.aborted; await sleep(againAfterMs, signal)) {
    if (!(await once(() => insertRows(stack, jobs, 'COMMIT', refuser)))) continue;
    for (const job of jobs) ledger.acknowledge(job);
    return;
  }
}

async function rollBack({ stack, ledger }: Acting, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) ledger.undone.add(jobName(job));
  await once(() => insertRows(stack, jobs, 'ROLLBACK'));
}

async function insertRows(
  stack: Stack,
  jobs: readonly Job[],
  end: 'COMMIT' | 'ROLLBACK',
  refuser?: Refuser,
): Promise<void> {
  const client: PoolClient = await stack.pool.connect();
  const broken = (error: Error) => void error; // told by the query as well
  client.on('error', broken);
  let failed = true;
  try {
    await client.query('BEGIN');
    for (const job of jobs) {
      const { queue, insert } = loadOf(stack, job.queue);
      if (refuser !== undefined) await refuseRow(client, queue, job.id, refuser);
      await insert(client, job, stack.places);
    }
    await client.query(end);
    failed = false;
  } finally {
    client.off('error', broken);
    client.release(failed);
  }
}

/** What a server that is away, or a workflow that has moved on, keeps it from doing is not done. */
async function disturbLoad(
  { stack }: Acting,
  { queue, what }: { queue: string; what: string },
): Promise<void> {
  const { pool, client } = stack;
  const act = loadOf(stack, queue).disturbances?.[what]?.act;
  await client
    .withDeadline(Date.now() + answerWithinMs, async () => act?.({ pool, client }))
    .catch((error: unknown) => {
      if (!isDatabaseTrouble(error) && !isServiceError(error)) throw error;
    });
}

async function disturbJob({ stack, ledger }: Acting, kind: Disturbance, { queue }: Load): Promise<void> {
  const statements = userStatements(queue);
  if (kind === 'cancel' || kind === 'retry') {
    await stack.pool.query(kind === 'cancel' ? statements.cancelOne : statements.retryOne);
    return;
  }
  const { rows } = await stack.pool.query<{ id: string }>(statements.anyInFlight);
  const id = rows[0]?.id;
  if (id === undefined) return;
  if (kind === 'terminate') ledger.terminated.add(jobName({ queue: queue.name, id }));
  const workflow = stack.client.workflow.getHandle(workflowIdOf(queue, id));
  await stack.client.withDeadline(Date.now() + answerWithinMs, () =>
    kind === 'terminate' ? workflow.terminate('chaos') : workflow.cancel(),
  );
}

const isServiceError = (error: unknown): boolean =>
  isGrpcServiceError(error) || error instanceof ServiceError || error instanceof WorkflowNotFoundError;

/** Whether it got through; what stands in the way (a server that is away, a full disk, a workflow just closed) is what a run is about. */
export async function once(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const expected = systemErrorCode(error) === 'ENOSPC' || isDatabaseTrouble(error);
    if (!expected) throw error;
    return false;
  }
}
