import type { Pdf } from './acts.ts';

/** What the users know: independent of what the system says of itself. */
export class Ledger {
  /** Jobs whose making was acknowledged, with the PDF of each: a COMMIT that returned, an upload that was answered. */
  readonly made = new Map<string, Pdf>();
  /** Jobs whose transaction was rolled back. */
  readonly undone = new Set<string>();
  /** What the system should not have said. */
  readonly refusals: string[] = [];
  /** Jobs whose workflow somebody terminated. */
  readonly terminated = new Set<string>();
}
