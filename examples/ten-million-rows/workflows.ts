import { proxyActivities, sleep } from '@temporalio/workflow';

const { send } = proxyActivities<{ send(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** The mails of one tenant take a day each. */
export async function sendMail({ tenant }: { tenant: string }): Promise<void> {
  if (tenant === 'slow') await sleep('1 day');
  await send();
}
