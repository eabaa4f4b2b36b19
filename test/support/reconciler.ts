import type { Client } from '@temporalio/client';
import { createReconcileActivities } from '../../src/activities/reconciler/activities.ts';
import { filesOf } from '../../src/activities/results/job-files.ts';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { folderStorage } from '../../src/storage/storage.ts';
import { activityEnvironment } from './activity.ts';
import { recordingLogger } from './logger.ts';

export type Rules = ReturnType<typeof createReconcileActivities>;

/** Whose rows and workflows are compared, and by which of its queues unless another is named. */
interface Reconciled {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  queues: readonly QueueDefinition[];
}

/** The rules over all these queues, each run as the one try of an activity. Nothing is too young for them. */
export function createRules(
  { pool, client, queue, queues }: Reconciled,
  options: Partial<Parameters<typeof createReconcileActivities>[0]> = {},
) {
  const { log, lines } = recordingLogger();
  const rules = createReconcileActivities({
    pool,
    client,
    queues,
    files: filesOf(queues),
    storage: folderStorage,
    results: { sweep: async () => 0 },
    settledMs: 0,
    lostTaskAfterMs: 300_000,
    keepJobsMs: 0,
    keepEventsMs: 0,
    log,
    ...options,
  });
  const run = (rule: (rules: Rules) => Promise<void>) => activityEnvironment().run(() => rule(rules));
  return {
    lines,
    rows: () => run((all) => all.reconcileRows({ queue: queue.name })),
    workflows: () => run((all) => all.reconcileWorkflows({ queue: queue.name })),
    files: () => run((all) => all.reconcileFiles()),
    removeJobs: (name = queue.name) => run((all) => all.removeExpiredJobs({ queue: name })),
    removeEvents: () => run((all) => all.removeExpiredEvents()),
  };
}

/** The moves of a job so far, oldest first: from, to, code, who. */
export async function eventsOf(pool: Pool, jobId: string) {
  const { rows } = await pool.query<{
    from_status: string | null;
    to_status: string;
    run_id: string | null;
    actor: string;
    code: string | null;
    detail: string | null;
  }>('SELECT * FROM switchyard.job_events WHERE job_id = $1 ORDER BY id', [jobId]);
  return rows;
}
