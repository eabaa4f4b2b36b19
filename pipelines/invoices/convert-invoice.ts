import type { FileStore, JobOutcome, JobRun, Logger, StoredFile } from 'pg-switchyard';
import {
  asJob,
  type JobTransitions,
  type Results,
  type RetryPolicy,
  type System,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import { openUpload } from '../lib/uploaded-file.ts';
import type { Gateway } from './gateway-client.ts';
import type { GatewayReport } from './gateway-report.ts';

export type InvoiceActivities = ReturnType<typeof createInvoiceActivities>;

/** PDF → XML. The row names the PDF and the mapping, and gets the result's place, size and hash. */
export function createInvoiceActivities(deps: {
  jobs: JobTransitions;
  gateway: Gateway;
  /** What is known of the gateway as a whole. */
  system: System;
  /** What is known of the store of files as a whole. */
  storageSystem: System;
  results: Results;
  uploads: FileStore;
  maxUploadBytes: number;
  retry: RetryPolicy;
  log: Logger;
}) {
  const { gateway, results } = deps;

  async function callGateway(
    context: WorkContext,
    key: string,
  ): Promise<StoredFile & { report: GatewayReport | null }> {
    const { run, row, signal, log } = context;
    const mapping = String(row['mapping']);
    const pdf = await deps.storageSystem.call(context, () =>
      openUpload(deps.uploads, String(row['upload_path']), deps.maxUploadBytes),
    );
    return deps.system
      .call(context, async () => {
        log.info({ bytes: pdf.bytes, mapping }, 'calling the gateway');
        context.say('calling the gateway');
        let report: GatewayReport | null = null;
        const staged = await results.stage(key, pdf.bytes, async (into) => {
          const { jobId, requestId } = run;
          const answer = await gateway.convert({ pdf, mapping, jobId, requestId, into, signal });
          report = answer.report;
          return { bytes: answer.bytes, sha256: answer.sha256 };
        });
        return { ...staged, report };
      })
      .finally(() => pdf.close());
  }

  async function work(context: WorkContext): Promise<WorkDone> {
    const { run, log } = context;
    const key = `${run.jobId}.${run.runIds[0]}`;
    // The report is not staged: a try that goes on with an answer of an earlier one has none.
    const earlier = await results.staged(key);
    const staged = earlier === undefined ? await callGateway(context, key) : { ...earlier, report: null };
    log.info({ bytes: staged.bytes }, 'storing the result');
    context.say('storing the result');
    const placed = await deps.storageSystem.call(context, () => results.place(run.jobId, staged));
    return {
      publish: async () => {
        const stored = await placed.publish();
        return {
          result_path: stored.path,
          result_bytes: stored.bytes,
          result_sha256: stored.sha256,
          result_report: staged.report,
        };
      },
      shows: ({ result_path: path, result_bytes: bytes }) => ({ path, bytes }),
      cleanUp: () => results.discard(staged),
      discard: () => placed.remove(),
    };
  }

  return {
    convertInvoice: (run: JobRun): Promise<JobOutcome> => asJob(deps, run, work),
  };
}
