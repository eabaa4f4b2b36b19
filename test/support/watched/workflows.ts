import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  sleep,
} from '@temporalio/workflow';

/** Workflows as an application has them, that know nothing of Switchyard. */

export async function echo(...args: unknown[]): Promise<unknown> {
  return args.length === 1 ? args[0] : args;
}

export async function failWith({ type, message }: { type: string; message: string }): Promise<void> {
  throw ApplicationFailure.nonRetryable(message, type);
}

export async function sleepFor({ ms }: { ms: number }): Promise<string> {
  await sleep(ms);
  return 'slept';
}

export async function returnLetters({ count }: { count: number }): Promise<string> {
  return 'x'.repeat(count);
}

/** Starts itself anew so often, and returns how often it did. */
export async function continueTimes({ left, done = 0 }: { left: number; done?: number }): Promise<number> {
  if (left > 0) await continueAsNew<typeof continueTimes>({ left: left - 1, done: done + 1 });
  return done;
}

export const approve = defineSignal<[by: unknown]>('approve');

/** Returns the arguments of so many signals, in the order in which they came. */
export async function collectSignals({ count }: { count: number }): Promise<unknown[]> {
  const heard: unknown[] = [];
  setHandler(approve, (by) => void heard.push(by));
  await condition(() => heard.length >= count);
  return heard;
}

/** Hears one signal in each run, and returns the arguments of all when it has heard so many. */
export async function hearOneInEachRun({
  count,
  heard = [],
}: {
  count: number;
  heard?: unknown[];
}): Promise<unknown[]> {
  const now: unknown[] = [];
  setHandler(approve, (by) => void now.push(by));
  await condition(() => now.length > 0);
  const all = [...heard, ...now];
  if (all.length < count) await continueAsNew<typeof hearOneInEachRun>({ count, heard: all });
  return all;
}

export const open = defineSignal<[value: unknown]>('open');

/** Returns what it is opened with. Its first task ends before it waits. */
export async function waitAtGate(): Promise<unknown> {
  let opened: { value: unknown } | undefined;
  setHandler(open, (value) => {
    opened = { value };
  });
  await condition(() => opened !== undefined);
  return opened?.value;
}

/** Ends when it is told to, or is canceled. */
export async function waitForApproval(): Promise<string> {
  let approved = false;
  setHandler(approve, () => {
    approved = true;
  });
  await condition(() => approved);
  return 'approved';
}
