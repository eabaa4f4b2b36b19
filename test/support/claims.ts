import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { jobStatements } from '../../src/sql/job.ts';
import { type Claim, ClaimMemory, claimJobs } from '../../src/starter/claim.ts';
import type { ClaimedJob } from '../../src/starter/claimed-job.ts';

/** One claim of a queue, whose workflows all start without Temporal; by a starter of its own, unless it has the memory of another. */
export function claimOnce(
  pool: Pool,
  queue: QueueDefinition,
  {
    runIdOf = ({ id }: ClaimedJob) => `run of ${id}`,
    memory = new ClaimMemory(),
  }: { runIdOf?: (job: ClaimedJob) => string; memory?: ClaimMemory } = {},
): Promise<Claim> {
  return claimJobs({
    pool,
    queue,
    statements: { ...jobStatements(queue), ...claimStatements(queue) },
    startedBy: 'starter-1',
    passOver: [],
    memory,
    start: async (job) => ({ kind: 'started', runId: runIdOf(job) }),
  });
}
