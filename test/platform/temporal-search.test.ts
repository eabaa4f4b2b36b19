import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSearchable, searchText } from '../../src/platform/temporal-search.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let client: Client;
beforeAll(async () => {
  temporal = await connectTemporal();
  ({ client } = temporal);
});
afterAll(() => temporal.close());

const count = async (query: string) => (await client.workflow.count(query)).count;

/** Starts a workflow whose type, id and task queue have this name, and waits until the search knows it. */
async function startNamed(name: string) {
  const staticId = randomUUID();
  const handle = await client.workflow.start(name, { workflowId: name, taskQueue: name });
  const after = await client.workflow.start('after', { workflowId: staticId, taskQueue: staticId });
  await until(async () => (await count(`WorkflowId = '${staticId}'`)) === 1);
  await after.terminate();
  return handle;
}

const fields = ['WorkflowType', 'TaskQueue', 'WorkflowId'];
const found = (name: string) => Promise.all(fields.map((field) => count(`${field} = ${searchText(name)}`)));

test.each(["o'clock", "two''quotes", 'per%cent _ [x]', 'Zürich 東京', "x' OR '1'='1"])(
  'finds what is called %j',
  async (word) => {
    const name = `${word} ${randomUUID()} ${word}`;
    expect(isSearchable(name)).toBe(true);
    const handle = await startNamed(name);
    await until(async () => (await found(name)).every((times) => times === 1));
    await handle.terminate();
  },
);

test.each(['back\\slash', "backslash\\'quote", 'ends with \\', 'tab\tin it', 'say "hi"', "'quoted'"])(
  'knows that Temporal does not find what is called %j, and asks in a way that it understands',
  async (word) => {
    const name = `${word} ${randomUUID()} ${word}`;
    expect(isSearchable(name)).toBe(false);
    const handle = await startNamed(name);
    expect(await found(name)).toEqual([0, 0, 0]);
    await handle.terminate();
  },
);
