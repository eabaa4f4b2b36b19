import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { latestRun } from '../../src/activities/reconciler/runs.ts';
import { workflowIdOf } from '../../src/queues/definition.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import type { Office } from '../support/letters/office.ts';
import { eachTestHasOwnTemporal, type OwnTemporal } from '../support/letters/own-temporal.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { createRules, eventsOf } from '../support/reconciler.ts';
import { until } from '../support/until.ts';

let temporal: OwnTemporal;
let office: Office;
eachTestHasOwnTemporal(
  (own) => {
    temporal = own;
    office = own.office;
  },
  { keep: true },
);

/** Removes the tasks of the office's task queue from Temporal's database, as processes of matching that lose them leave it. */
const loseTasks = () => temporal.restart(removeTasks);

function removeTasks(): void {
  const stored = new DatabaseSync(join(temporal.folder, 'temporal.db'));
  const lost = ['tasks', 'tasks_v2'].map((table) => {
    const remove = stored.prepare(`DELETE FROM ${table} WHERE instr(task_queue_id, CAST(? AS BLOB)) > 0`);
    return Number(remove.run(office.queue.taskQueue).changes);
  });
  // From which history would fill its task queue again.
  for (const table of ['transfer_tasks', 'timer_tasks']) stored.exec(`DELETE FROM ${table}`);
  stored.close();
  expect(Math.max(...lost)).toBeGreaterThan(0);
}

/** Later than a task that waits in its queue can seem to be older than the oldest there. */
const lostTaskAfterMs = 2_000;

const repairsOf = async (id: string) =>
  (await eventsOf(office.pool, id)).filter(({ actor }) => actor === 'reconciler').map(({ detail }) => detail);

test('a job whose workflow task Temporal lost goes on once workers poll', async () => {
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await loseTasks();
  const rules = createRules(office, { lostTaskAfterMs });
  await rules.rows();
  expect(await repairsOf(id)).toEqual([]);

  await office.startWorker();
  await until(async () => {
    await rules.rows();
    return (await readLetter(office.pool, id)).status === 'complete';
  });
  expect(await repairsOf(id)).toEqual([
    expect.stringMatching(
      /^Temporal lost its workflow task, which it shows as scheduled since 20\S+: reset to that task$/,
    ),
  ]);
});

test('a job whose activity task Temporal lost goes on, and one whose task waits for room is left alone', async () => {
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  const full = await office.startWorker({ workerMaxActivities: 1, shutdownGraceMs: 0 });
  const [first, second] = [await insertLetter(office.pool), await insertLetter(office.pool)];
  await office.starter().runOnce();
  await held.called;
  const rules = createRules(office, { lostTaskAfterMs });
  await until(async () => (await waitingMs(first)) + (await waitingMs(second)) > 2 * lostTaskAfterMs);
  await rules.rows();
  expect([...(await repairsOf(first)), ...(await repairsOf(second))]).toEqual([]);

  await full.stop();
  await full.stop();
  await loseTasks();
  held.release();
  await office.startWorker();
  await until(async () => {
    await rules.rows();
    const letters = await Promise.all([first, second].map((id) => readLetter(office.pool, id)));
    return letters.every(({ status }) => status === 'complete');
  });
  expect([...(await repairsOf(first)), ...(await repairsOf(second))].join('\n')).toMatch(
    /Temporal lost the task of its activity \S+, which it shows as scheduled since 20\S+: scheduled again/,
  );
});

test('a job whose activity task Temporal lost after a worker died with it goes on', async () => {
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  const full = await office.startWorker({ workerMaxActivities: 1, shutdownGraceMs: 0 });
  const ids = [await insertLetter(office.pool), await insertLetter(office.pool)];
  await office.starter().runOnce();
  await held.called;
  const taken = await takeActivity();
  await until(async () => (await triesOf(taken)) === 2);

  await full.stop();
  await until(async () => Math.min(...(await Promise.all(ids.map(waitingMs)))) > lostTaskAfterMs);
  await full.stop();
  await loseTasks();
  held.release();
  await office.startWorker();
  const rules = createRules(office, { lostTaskAfterMs });
  await until(async () => {
    await rules.rows();
    const letters = await Promise.all(ids.map((id) => readLetter(office.pool, id)));
    expect(letters.map(({ status }) => status)).not.toContain('failed');
    return letters.every(({ status }) => status === 'complete');
  });
});

/** Takes the task of an activity as a worker that dies at once. Answers its run. */
async function takeActivity() {
  const { client, queue } = office;
  const { workflowExecution } = await client.withDeadline(Date.now() + 60_000, () =>
    client.workflowService.pollActivityTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue.taskQueue },
      identity: 'a worker that dies',
    }),
  );
  return { workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}

/** How often the activity of a run was tried, the coming try included. */
async function triesOf({ workflowId, runId }: Awaited<ReturnType<typeof takeActivity>>): Promise<number> {
  const { raw } = await office.client.workflow.getHandle(workflowId, runId).describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}

/** For how long the oldest task of a job has waited for a worker. */
async function waitingMs(id: string): Promise<number> {
  const run = await latestRun(office.client, workflowIdOf(office.queue, id));
  return Math.max(0, ...(run?.waiting ?? []).map(({ sinceMs }) => Date.now() - sinceMs));
}
