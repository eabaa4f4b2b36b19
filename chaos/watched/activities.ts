import { sleep } from '@temporalio/activity';

export async function charge(): Promise<void> {
  await sleep(50 + Math.random() * 400);
}
