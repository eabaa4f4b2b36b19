import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import { claimStatements } from '../queues/claim-statements.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { jobStatements } from '../queues/statements.ts';
import { ClaimMemory, claimJobs } from './claim.ts';
import { Requests } from './requests.ts';
import { startWorkflow } from './start-workflow.ts';

const closingMs = 500;

/**
 * Claims and starts at most one job, as a starter does, after letting those go whose time has come. Answers its id, or what keeps
 * the rows back; `undefined`: none waits.
 * @throws what Temporal says when it refuses the start, and when Postgres is away
 */
export async function claimOne(options: {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  workerId: string;
  log: Logger;
  signal: AbortSignal;
}): Promise<{ id: string } | { heldBy: string } | undefined> {
  const { pool, client, queue, signal } = options;
  await new Requests(options).runOnce();
  const memory = new ClaimMemory();
  while (!signal.aborted) {
    const claim = await claimJobs({
      pool,
      queue: { ...queue, batch: 1 },
      statements: { ...jobStatements(queue), ...claimStatements(queue) },
      startedBy: options.workerId,
      passOver: [],
      memory,
      start: (job) => startWorkflow(client, queue, job),
    });
    const [started] = claim.started;
    if (started !== undefined) return { id: started.id };
    const [left] = claim.left;
    if (left?.error !== undefined) throw left.error;
    if (left === undefined) return claim.heldBy === undefined ? undefined : { heldBy: claim.heldBy };
    await sleep(closingMs, signal); // an old run of it is still closing
  }
  return undefined;
}
