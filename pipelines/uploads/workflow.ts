import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, workOf } from 'pg-switchyard/workflow';
import type { UploadActivities } from './parse-document.ts';

/** One activity for all stages: the row says how far it came, and the staged text which page. */
const reading = {
  summary: 'Document → text, page by page',
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '23 hours',
} as const;

/** Document → text: begin the job at its stage, check the document, parse it, complete the job. */
export function parseDocument(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => workOf<UploadActivities>(input, reading).parseDocument(run));
}
