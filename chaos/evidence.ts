import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobIdOf } from '../src/queues/definition.ts';
import type { Evidence } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { leftProcesses } from './left-processes.ts';
import { type EndedRow, type Job, jobName, type Load } from './load.ts';
import type { Problem } from './problem.ts';
import type { Stack } from './stack.ts';
import { userStatements } from './statements.ts';
import { stateOf } from './states.ts';
import { readChanges } from './witness.ts';

/** Reads all that the run left: rows, witness, Temporal, logs, processes, and what the loads say of the rest. */
export async function gatherEvidence(stack: Stack, ledger: Ledger): Promise<Evidence> {
  const queues = stack.loads.map(({ queue }) => queue);
  const changes = await readChanges(stack.pool, queues);
  const left = await Promise.all(
    stack.loads.map(async (load) => ({ load, rows: await readRows(stack, load) })),
  );
  const judged = left.map(({ load, rows }) => judgeByLoad(stack, load, { rows, changes, ledger }));
  return {
    ledger,
    queues: left,
    changes,
    findings: (await Promise.all(judged)).flat(),
    openWorkflows: await listOpenWorkflows(stack),
    completions: await readCompletions(stack.folder),
    events: await readEvents(stack),
    toldRefused: await readToldRefused(stack),
    reset: await readReset(stack),
    calledFor: stack.front.jobs,
    crashes: crashesOf(stack),
    processes: await leftProcesses(stack.places),
  };
}

async function readRows({ pool }: Stack, { queue }: Load): Promise<EndedRow[]> {
  const { rows } = await pool.query<Omit<EndedRow, 'job' | 'state'> & { word: string }>(
    userStatements(queue).rows,
  );
  return rows.map(({ word, ...row }) => ({
    ...row,
    job: jobName({ queue: queue.name, id: row.id }),
    state: stateOf(queue, word),
  }));
}

function judgeByLoad(
  { places, pool, urls }: Stack,
  load: Load,
  { rows, changes, ledger }: Pick<Evidence, 'changes' | 'ledger'> & { rows: readonly EndedRow[] },
): Promise<Problem[]> {
  const own = [...ledger.made.values()].filter(({ queue }) => queue === load.queue.name);
  const jobs = new Map(own.map((job): [string, Job] => [job.id, job]));
  return load.judge({ places, pool, gatewayUrl: urls.gateway, rows, jobs, changes });
}

/** Every part that ended by itself, and how. */
export const crashesOf = ({ parts }: Stack): string[] =>
  [...parts.values()].flatMap(({ name, crashes }) => crashes.map((how) => `${name} (${how})`));

/** The product's own record. */
async function readEvents({ pool, loads }: Stack): Promise<Evidence['events']> {
  const { rows } = await pool.query<Omit<Evidence['events'][number], 'job'> & { queue: string; id: string }>(
    `SELECT queue, job_id AS id, from_status AS "from", to_status AS "to", attempt
       FROM switchyard.job_events WHERE queue = ANY ($1) ORDER BY job_events.id`,
    [loads.map(({ queue }) => queue.name)],
  );
  return rows.map(({ queue, id, ...event }) => ({ ...event, job: jobName({ queue, id }) }));
}

/** The jobs whose history says why they were not started. */
async function readToldRefused({ pool }: Stack): Promise<string[]> {
  const { rows } = await pool.query<{ queue: string; id: string }>(
    `SELECT DISTINCT queue, job_id AS id FROM switchyard.job_events WHERE code = 'START_REFUSED' AND detail <> ''`,
  );
  return rows.map(jobName);
}

async function readReset({ pool }: Stack): Promise<string[]> {
  const { rows } = await pool.query<{ queue: string; id: string }>(
    `SELECT DISTINCT queue, job_id AS id FROM switchyard.job_events
      WHERE code = 'RECONCILED' AND detail LIKE 'Temporal lost its workflow task%'`,
  );
  return rows.map(jobName);
}

export async function listOpenWorkflows({ client, loads }: Stack): Promise<Evidence['openWorkflows']> {
  const queues = new Map(loads.map(({ queue }) => [queue.workflowType, queue]));
  const types = [...queues.keys()].map((type) => `'${type}'`).join(', ');
  const open = client.workflow.list({
    query: `ExecutionStatus = 'Running' AND WorkflowType IN (${types})`,
  });
  return (await Array.fromAsync(open)).map(({ workflowId, runId, type }) => {
    const queue = queues.get(type);
    const id = queue && jobIdOf(queue, workflowId);
    return { job: id === undefined ? workflowId : jobName({ queue: queue?.name ?? '', id }), runId };
  });
}

async function readCompletions(folder: string): Promise<Evidence['completions']> {
  const logs = (await readdir(folder)).filter((name) => /^worker-\d\.log$/.test(name));
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('"msg":"job complete"') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as { queue: string; jobId: string; attempt: number })
    .map(({ queue, jobId, attempt }) => ({ job: jobName({ queue, id: jobId }), attempt }));
}
