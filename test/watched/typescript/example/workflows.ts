import { condition, defineSignal, setHandler } from '@temporalio/workflow';

export const approved = defineSignal<[by: string]>('approved');

export async function sendEmail({ to }: { to: string }): Promise<{ messageId: string }> {
  return { messageId: `message to ${to}` };
}

export async function processOrder({
  orderId,
}: {
  orderId: string;
}): Promise<{ parcel: string; by: string }> {
  let by = '';
  setHandler(approved, (who) => {
    by = who;
  });
  await condition(() => by !== '');
  return { parcel: `P-${orderId}`, by };
}
