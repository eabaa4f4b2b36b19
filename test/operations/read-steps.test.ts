import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { readSteps } from '../../src/operations/steps/read-steps.ts';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import { connectTemporal, namespace } from '../support/temporal.ts';

let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, close } = await connectTemporal());
});
afterAll(() => close());

test('what a workflow did is read from Temporal, also while it runs', async () => {
  const handle = await client.workflow.start('nobodyRunsThis', {
    taskQueue: `steps-${randomUUID()}`,
    workflowId: randomUUID(),
    args: [{ secret: 'of the input' }],
  });
  await handle.signal('approve', { by: 'somebody secret' });
  const found = await readSteps(client, {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
  });
  expect(found).toMatchObject({
    unknown: null,
    more: false,
    firstActivityAt: null,
    steps: [{ kind: 'signal', name: 'approve', state: 'complete' }],
  });
  expect(JSON.stringify(found)).not.toContain('secret');
  expect((await readSteps(client, { workflowId: handle.workflowId, runId: '' })).steps).toHaveLength(1);
  await handle.terminate();
});

test('a run that Temporal has forgotten is told', async () => {
  const run = { workflowId: randomUUID(), runId: randomUUID() };
  expect((await readSteps(client, run)).unknown).toBe(
    'Temporal does not have the history of this run any more',
  );
});

test('that Temporal is away is told', async () => {
  const connection = { address: `127.0.0.1:${await freePort()}` };
  const away = createTemporalClient({ connection, namespace, dataConverter: {} }, 'test');
  const found = await readSteps(away, { workflowId: 'any', runId: '' });
  expect(found.unknown).toMatch(/^Temporal did not answer \(/);
  await away.connection.close();
});
