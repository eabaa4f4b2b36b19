import { sleep } from '@temporalio/workflow';

/** Workflows of a stranger: they import nothing of ours. */

export async function doNothing(): Promise<void> {}

export async function sleepFor({ ms }: { ms: number }): Promise<void> {
  await sleep(ms);
}
