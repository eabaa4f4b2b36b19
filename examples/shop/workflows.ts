import {
  ApplicationFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type * as activities from './activities.ts';
import type { Order } from './activities.ts';

export const approve = defineSignal<[by: string]>('approve');

const { reserve, charge, ship } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
const approvalFrom = 100_000;

/** Reserves, charges and ships. A large order waits for an approval first, and is given up after a week. */
export async function fulfill(order: Order): Promise<{ parcel: string; approvedBy?: string }> {
  let approvedBy: string | undefined;
  setHandler(approve, (by) => {
    approvedBy = by;
  });
  if (order.cents >= approvalFrom && !(await condition(() => approvedBy !== undefined, '7 days')))
    throw ApplicationFailure.nonRetryable('nobody approved the order within a week', 'NOT_APPROVED');
  await reserve(order);
  await charge(order);
  return { parcel: await ship(order), ...(approvedBy !== undefined && { approvedBy }) };
}
