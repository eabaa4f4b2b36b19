import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { silentLogger } from './logger.ts';
import { until } from './until.ts';

export const namespace = 'default';

/** Both kinds of connection to the run's Temporal server. */
export async function connectTemporal(
  address = inject('temporalAddress'),
  dataConverter: DataConverter = {},
): Promise<{ client: Client; connection: NativeConnection; close(): Promise<void> }> {
  quietRuntime();
  const client = createTemporalClient({ connection: { address }, namespace, dataConverter }, 'test');
  const connection = await NativeConnection.connect({ address });
  return {
    client,
    connection,
    close: async () => {
      await connection.close();
      await client.connection.close();
    },
  };
}

/** Keeps the SDK's own log out of the test's output. A process has one runtime, whoever installs it first. */
export function quietRuntime(): void {
  installRuntime(silentLogger, 'error');
}

/**
 * Waits until the workflow waits for something from outside. A worker that is stopped earlier may take a workflow task
 * along, which Temporal hands to the next one ten seconds later.
 */
export const untilIdle = (workflow: WorkflowHandle): Promise<boolean> =>
  until(async () => {
    const { raw } = await workflow.describe();
    return raw.pendingWorkflowTask == null && !raw.pendingActivities?.length;
  });
