import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import { startTemporalServer } from '../../../server/dev/temporal-server.ts';
import { createLettersDatabase } from './database.ts';
import { type Office, openOffice } from './office.ts';

/** An office with a Temporal of its own. */
export interface OwnTemporal {
  office: Office;
  /** Where Temporal keeps its database, if it does. */
  folder: string;
  /** Ends Temporal, and starts it again at the same address. */
  restart(meanwhile?: () => void): Promise<void>;
}

/**
 * Gives each test of the file an office with a Temporal of its own, both gone afterwards; `use` is told them.
 * @param options.keep whether Temporal has its data still when it is started again
 */
export function eachTestHasOwnTemporal(use: (own: OwnTemporal) => void, { keep }: { keep: boolean }): void {
  let close: () => Promise<void>;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-temporal-'));
    const port = await freePort();
    const start = () => startTemporalServer({ folder, port, keep });
    const [first, database] = await Promise.all([start(), createLettersDatabase()]);
    let temporal = first;
    const office = await openOffice({ databaseUrl: database.url, temporalAddress: temporal.address });
    close = async () => {
      await office.close();
      await temporal.child.stop(20_000);
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    };
    use({
      office,
      folder,
      restart: async (meanwhile) => {
        await temporal.child.stop(20_000);
        meanwhile?.();
        temporal = await start();
      },
    });
  });
  afterEach(() => close());
}
