import { proxyActivities, sleep } from '@temporalio/workflow';
import type { ShopActivities } from './shop.ts';

const { reserve, charge } = proxyActivities<ShopActivities>({ startToCloseTimeout: '10 seconds' });

/** An order of a shop, as an application has it that knows nothing of Switchyard. */
export async function processOrder({ item, card }: { item: string; card: string }): Promise<string> {
  const place = await reserve(item);
  await sleep('100 milliseconds');
  return `${place}, ${await charge(card)}`;
}

export async function refundOrder({ order }: { order: number }): Promise<string> {
  return `order ${order} is refunded`;
}
