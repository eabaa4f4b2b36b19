import type { Info } from '@temporalio/activity';
import { ActivityCancellationDetails, ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** The place where one try of an activity runs, as the SDK gives it; `beats` are the details of its heartbeats. */
export function activityEnvironment(info: Partial<Info> = {}) {
  const environment = new MockActivityEnvironment(info, {
    logger: new DefaultLogger('ERROR', () => undefined),
  });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(details));
  return {
    beats,
    run: <R>(work: () => Promise<R>): Promise<R> => environment.run(work),
    cancelJob: () => environment.cancel('CANCELLED'),
    stopWorker: () => environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({})),
  };
}

/** The failure that the activity throws to Temporal; anything else it does fails the test. */
export async function applicationFailure(run: Promise<unknown>): Promise<ApplicationFailure> {
  const outcome: unknown = await run.then(
    (result) => new Error(`no failure: ${JSON.stringify(result)}`),
    (error: unknown) => error,
  );
  if (!(outcome instanceof ApplicationFailure)) throw outcome;
  return outcome;
}
