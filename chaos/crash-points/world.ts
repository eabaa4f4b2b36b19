import type { Client } from '@temporalio/client';
import pg from 'pg';
import { environment } from '../../src/platform/environment.ts';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import { drain, startTestGateway, type TestGateway } from '../../test/support/gateway.ts';

/** What all runs share: the servers, and a gateway that answers each job its own XML. */
export interface World {
  /** Of a database on the server from which others can be made. */
  postgresUrl: string;
  /** The migrated database that each run copies. */
  template: string;
  temporalAddress: string;
  client: Client;
  gateway: TestGateway;
  close(): Promise<void>;
}

export const resultOf = (jobId: string): string => `<invoice job="${jobId}"/>`;

export async function openWorld(
  servers: Pick<World, 'postgresUrl' | 'template' | 'temporalAddress'>,
): Promise<World> {
  // The roles that the harness hosts itself find Temporal as every process does.
  environment()['TEMPORAL_ADDRESS'] = servers.temporalAddress;
  const connection = { address: servers.temporalAddress };
  const client = createTemporalClient(
    { connection, namespace: 'default', dataConverter: {} },
    'crash points',
  );
  const gateway = await startTestGateway(async (request, response) => {
    await drain(request);
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(resultOf(String(request.headers['x-job-id'])));
  });
  return {
    ...servers,
    client,
    gateway,
    close: async () => {
      await gateway.close();
      await client.connection.close();
    },
  };
}

export async function administer(world: World, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: world.postgresUrl });
  await client.connect();
  await act(client).finally(() => client.end());
}
