import type { Logger } from 'pg-switchyard';

/** For the removal of what a try worked with: what cannot be removed is left to the sweep, and must not hide why the work failed. */
export const leaveToSweep =
  ({ log }: { log: Pick<Logger, 'warn'> }) =>
  (err: unknown): void =>
    log.warn({ err }, 'left something to be swept');
