import { activityInfo } from '@temporalio/activity';
import type { Pool } from 'pg';

export type Activities = ReturnType<typeof createActivities>;

/** A try that comes again charges nothing again; another run of the workflow does. */
export const createActivities = (pool: Pool) => ({
  async charge(orderId: string): Promise<void> {
    const run = activityInfo().workflowExecution?.runId;
    await pool.query('INSERT INTO shop.charges VALUES ($1, $2) ON CONFLICT DO NOTHING', [orderId, run]);
  },
});
