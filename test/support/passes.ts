import type { PassCounts } from '../../src/starter/starter.ts';

/** A pass of a starter that found nothing. */
export const emptyPass: PassCounts = {
  started: 0,
  closing: 0,
  unanswered: 0,
  refused: 0,
  failed: 0,
  heldBy: undefined,
  retryInMs: undefined,
  againInMs: undefined,
  sawAll: false,
};
