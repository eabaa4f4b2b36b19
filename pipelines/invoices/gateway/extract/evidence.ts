import type { Row } from './layout.ts';

/** A value with what speaks for it. */
export interface Found {
  value: string;
  /** 0 to 1. */
  confidence: number;
  /** Where it was read. */
  row: Row;
  /** Why it was taken, in words. */
  reason: string;
}
