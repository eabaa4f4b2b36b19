/** What `switchyard` ends with; docs/command-line.md has the table. */
export const ExitCode = {
  done: 0,
  failed: 1,
  /** The words make no sense; nothing was done. */
  usage: 2,
  /** There is no such queue, job or redrive. */
  missing: 3,
  /** How things stand does not allow it, or a right is missing. */
  refused: 4,
  /** The database cannot be reached. */
  unreached: 5,
  /** `watch` saw the job fail. */
  jobFailed: 10,
  /** `watch` saw the job canceled. */
  jobCanceled: 11,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
