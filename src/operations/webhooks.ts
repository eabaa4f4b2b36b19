import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, iso } from '../platform/database-types.ts';
import { deliveriesOf, subscriptions } from '../sql/overview.ts';
import type { ListedState } from './job-filter.ts';
import { listJobs } from './list-jobs.ts';
import { requireQueue } from './registered-queue.ts';
import type { DeliveryView, SubscriptionView } from './views.ts';

/** The queue whose jobs are the webhooks that were sent, or will be. */
export const webhooksQueue = 'webhooks';

interface SubscriptionRow {
  name: string;
  queue: string;
  statuses: string[];
  place: string | null;
  secret: string;
  created_by: string;
  created_at: DatabaseTime;
}

interface DeliveryRow {
  id: string;
  subscription: string;
  queue: string;
  job_id: string;
  ended_status: string;
  ended_code: string | null;
  response_status: number | null;
}

/** Who is notified when jobs end. Of each address only its origin is shown. */
export async function readSubscriptions(pool: Pool): Promise<SubscriptionView[]> {
  const { rows } = await pool.query<SubscriptionRow>(subscriptions);
  return rows.map(({ created_by, created_at, ...row }) => ({
    ...row,
    createdBy: created_by,
    createdAt: iso(created_at),
  }));
}

/** One page of the webhooks, newest first. */
export async function readDeliveries(
  pool: Pool,
  page: { status?: readonly ListedState[] | undefined; limit: number; cursor?: string | undefined },
): Promise<{ deliveries: DeliveryView[]; nextCursor: string | null }> {
  const queue = await requireQueue(pool, webhooksQueue);
  const { jobs, nextCursor } = await listJobs(pool, queue, { ...page, order: 'newest' });
  const { rows } = await pool.query<DeliveryRow>(deliveriesOf, [jobs.map(({ id }) => id)]);
  const deliveries = jobs.flatMap((job) => {
    const row = rows.find(({ id }) => id === job.id);
    if (row === undefined) return [];
    const of = { queue: row.queue, jobId: row.job_id, status: row.ended_status, code: row.ended_code };
    return [{ ...job, subscription: row.subscription, of, responseStatus: row.response_status }];
  });
  return { deliveries, nextCursor };
}
