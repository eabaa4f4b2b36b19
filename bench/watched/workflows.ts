import { sleep } from '@temporalio/workflow';

/** Workflows of a stranger: they import nothing of ours. */

export async function doNothing(): Promise<void> {}

/** `at`: milliseconds since 1970. */
export async function sleepUntil({ at }: { at: number }): Promise<void> {
  await sleep(Math.max(1, at - Date.now()));
}
