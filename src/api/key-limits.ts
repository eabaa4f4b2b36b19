import type { Db } from '../operations/registered-queue.ts';
import * as sql from '../sql/change-job.ts';

/** Limits how many jobs of a key are in flight; `null`: the limit per key of the queue holds again. */
export async function setKeyLimit(
  tx: Db,
  queue: string,
  key: string,
  inFlight: number | null,
): Promise<void> {
  if (inFlight === null) await tx.query(sql.removeKeyLimit, [queue, key]);
  else await tx.query(sql.setKeyLimit, [queue, key, inFlight]);
}
