import { environment } from 'pg-switchyard';
import { source } from '../no-op/application.ts';
import { noOpQueue } from '../no-op/queue.ts';

/** What a starter of this benchmark is told besides: how many rows a claim takes. */
export const batchSetting = 'BENCH_CLAIM_BATCH';

/** Jobs without a limit in flight, so that none of them has to end. */
export const answeredQueue = (settings: Parameters<typeof noOpQueue>[0]) => ({
  ...noOpQueue(settings),
  maxInFlight: null,
  fair: false,
  batch: Number(environment()[batchSetting]),
});

export { source };
