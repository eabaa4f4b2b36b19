import { createHash } from 'node:crypto';
import { createResults } from '../../../src/activities/results/results.ts';
import { createSystem } from '../../../src/activities/systems/systems.ts';
import { asJob, type WorkContext } from '../../../src/activities/work/as-job.ts';
import type { WorkDone } from '../../../src/activities/work/completion.ts';
import type { JobOutcome, JobRun } from '../../../src/queues/job.ts';
import type { WorkDeps } from '../../../src/worker/pipeline.ts';
import { createCarrier, verdictOfCarrier } from './carrier.ts';

/** What the work of letters goes by. */
export interface LetterSettings {
  carrierUrl: string;
  resultRoot: string;
  stagingRoot: string;
  /** How often a letter is tried. */
  tries: number;
  retryInitialMs: number;
  retryMaxMs: number;
  timeoutMs: number;
  breakerWindowMs: number;
  probeIntervalMs: number;
}

export type LetterActivities = Awaited<ReturnType<typeof createLetterActivities>>;

/** Sends the letter, and stores the receipt as its result. */
export async function createLetterActivities(deps: WorkDeps, settings: LetterSettings) {
  const { queue, pool, log } = deps;
  const results = await createResults(settings);
  const carrier = createCarrier({ url: settings.carrierUrl, timeoutMs: settings.timeoutMs });
  const system = createSystem({
    name: 'carrier',
    pool,
    limits: {
      jobs: 5,
      windowMs: settings.breakerWindowMs,
      probeIntervalMs: settings.probeIntervalMs,
    },
    maxWaitMs: queue.maxWaitMs,
    errorCode: 'CARRIER_AWAY',
    verdictOf: verdictOfCarrier,
    isAlive: carrier.isAlive,
    log,
  });
  const retry = {
    maxAttempts: settings.tries,
    initialIntervalMs: settings.retryInitialMs,
    maxIntervalMs: settings.retryMaxMs,
  };

  const send = (context: WorkContext, key: string) =>
    system.call(context, async () => {
      const { run, signal } = context;
      context.say('sending the letter');
      const receipt = await carrier.send({ id: run.jobId, signal });
      return results.stage(key, receipt.length, async (into) => {
        await into.writeFile(receipt);
        return {
          bytes: Buffer.byteLength(receipt),
          sha256: createHash('sha256').update(receipt).digest('hex'),
        };
      });
    });

  async function work(context: WorkContext): Promise<WorkDone> {
    const { run } = context;
    const key = `${run.jobId}.${run.runIds[0]}`;
    const staged = (await results.staged(key)) ?? (await send(context, key));
    const placed = await results.place(run.jobId, staged);
    return {
      publish: async () => {
        const stored = await placed.publish();
        return { result_path: stored.path, result_bytes: stored.bytes, result_sha256: stored.sha256 };
      },
      shows: ({ result_path: path, result_bytes: bytes }) => ({ path, bytes }),
      cleanUp: () => results.discard(staged),
      discard: () => placed.remove(),
    };
  }

  return {
    sendLetter: (run: JobRun): Promise<JobOutcome> => asJob({ jobs: deps.jobs, retry, log }, run, work),
  };
}
