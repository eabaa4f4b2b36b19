import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { PostcardActivities } from './post-box.ts';

/** Workflows of somebody who has never heard of Switchyard. */
const { stamp, deliver } = proxyActivities<PostcardActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '10 milliseconds', maximumAttempts: 2 },
});
const collected = defineSignal('collected');

interface Postcard {
  receiver: string;
  pages: number;
}

export async function sendPostcard({ receiver, pages }: Postcard): Promise<{ stamp: string; told: string }> {
  let isCollected = false;
  setHandler(collected, () => {
    isCollected = true;
  });
  const made = await stamp(pages);
  await sleep('10 milliseconds');
  await condition(() => isCollected);
  const told = await executeChild(tellReceiver, { args: [receiver] });
  await deliver(receiver);
  return { stamp: made, told };
}

export async function tellReceiver(receiver: string): Promise<string> {
  return `${receiver} was told`;
}

/** Goes on in a run of its own for each page. */
export async function copyPages(postcard: Postcard, copied = 0): Promise<number> {
  if (copied < postcard.pages) await continueAsNew<typeof copyPages>(postcard, copied + 1);
  return copied;
}

export async function refusePostcard(): Promise<void> {
  throw ApplicationFailure.nonRetryable('the box is full', 'BOX_FULL');
}

export async function answerNothing(): Promise<void> {
  await stamp(1);
}

export async function answerList(): Promise<string[]> {
  return ['a', workflowInfo().workflowType];
}
