import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import { createTemporalClient } from '../../src/platform/temporal.ts';

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

let quiet = false;

/** Keeps the SDK's own log out of the test's output, once a process. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
    shutdownSignals: [],
  });
}
