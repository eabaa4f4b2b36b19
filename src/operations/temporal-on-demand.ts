import type { Client } from '@temporalio/client';
import type { Settings } from '../platform/settings.ts';

/** A client of Temporal that is made when it is first asked for, and kept. */
export function temporalOnDemand(settings: Settings): {
  client(): Promise<Client>;
  close(): Promise<void>;
} {
  let made: Promise<Client> | undefined;
  const make = async () => {
    const { createTemporalClient, loadTemporalConfig } = await import('../platform/temporal.ts');
    const { createExternalStorage } = await import('../storage/payloads.ts');
    const config = loadTemporalConfig(settings, createExternalStorage(settings));
    return createTemporalClient(config, settings.workerId);
  };
  return {
    client: () => {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return made;
    },
    close: async () => (await made)?.connection.close(),
  };
}
