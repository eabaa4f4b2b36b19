import type { Pool } from '../../platform/database.ts';
import { ErrorCode } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { storeFailureOf } from '../../storage/failures.ts';
import { type Storage, type StorageSettings, storageSystem } from '../../storage/storage.ts';
import type { BreakerLimits } from './breaker.ts';
import { createSystem, type System, type Verdict } from './systems.ts';

const usualLimits: BreakerLimits = { jobs: 5, windowMs: 30_000, probeIntervalMs: 10_000 };
const aliveWithinMs = 5_000;

/** What a failure says of the store: anything but a failure of the store says nothing. */
export const storeVerdict = (error: unknown): Verdict => storeFailureOf(error)?.says ?? 'unknown';

/** The store of files as a system that jobs wait for. Folders are none: a call is the call alone. */
export function createStorageSystem(options: {
  settings: StorageSettings;
  storage: Storage;
  /** When jobs begin to wait for it; left out: after five failed within half a minute. */
  limits?: BreakerLimits;
  pool: Pool;
  log: Logger;
}): System {
  const { settings, storage } = options;
  if (settings.storage !== 's3') return { call: (_, work) => work() };
  const store = storage.at({ folder: '', prefix: '' });
  return createSystem({
    name: storageSystem,
    pool: options.pool,
    limits: options.limits ?? usualLimits,
    maxWaitMs: settings.s3MaxWaitMs ?? 0,
    errorCode: ErrorCode.IO_ERROR,
    verdictOf: storeVerdict,
    isAlive: async (signal) => {
      const late = new Promise<false>((done) => {
        AbortSignal.any([signal, AbortSignal.timeout(aliveWithinMs)]).onabort = () => done(false);
      });
      return Promise.race([
        late,
        store.check().then(
          () => true,
          () => false,
        ),
      ]);
    },
    log: options.log,
  });
}
