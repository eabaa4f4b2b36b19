import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import { isTemporalAway } from '../platform/temporal.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { claimStatements } from '../sql/claim.ts';
import { jobStatements } from '../sql/job.ts';
import { startWatchedStatements } from '../sql/start-watched.ts';
import { ClaimMemory, claimJobs } from './claim.ts';
import { Signals } from './signals.ts';
import { startJob } from './start-job.ts';

const closingMs = 500;

/**
 * Claims and starts at most one job, as a starter does, after letting those go whose time has come. Answers its id, or what keeps
 * the rows back; `undefined`: none waits. A row that is refused is passed over.
 * @throws what Temporal or the table says when it refuses the last row, and when Postgres is away
 */
export async function claimOne(options: {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  workerId: string;
  publicUrl?: string | undefined;
  log: Logger;
  signal: AbortSignal;
}): Promise<{ id: string } | { heldBy: string } | undefined> {
  const { pool, client, queue, signal, publicUrl } = options;
  await new Signals(options).runOnce();
  const memory = new ClaimMemory();
  const one = { ...queue, batch: 1 };
  const passOver: string[] = [];
  let refusal: unknown;
  while (!signal.aborted) {
    const claim = await claimJobs({
      pool,
      queue: one,
      statements: { ...jobStatements(one), ...claimStatements(one) },
      watched: startWatchedStatements(queue),
      startedBy: options.workerId,
      passOver,
      memory,
      start: (job) => startJob(client, queue, job, publicUrl),
    });
    const [started] = claim.started;
    if (started !== undefined) return { id: started.id };
    if (claim.failed.length > 0) continue;
    const [left] = claim.left;
    if (left !== undefined && 'error' in left) {
      if (isTemporalAway(left.error)) throw left.error;
      passOver.push(left.id);
      refusal = left.error;
      continue;
    }
    if (left === undefined && refusal !== undefined) throw refusal;
    if (left === undefined) return claim.heldBy === undefined ? undefined : { heldBy: claim.heldBy };
    await sleep(closingMs, signal); // an old run of it is still closing
  }
  return undefined;
}
