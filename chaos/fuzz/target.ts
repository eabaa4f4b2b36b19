import type { IAsyncProperty } from 'fast-check';

/** Where a target may put what it needs: both are its own. */
export interface Place {
  databaseUrl: string;
  folder: string;
}

/** A part of the product that takes what comes from outside, and what must hold whatever comes. */
export interface Target {
  readonly name: string;
  readonly about: string;
  /** How many of the 100 000 cases of a full run are its own. */
  readonly cases: number;
  /** How many `npm test` runs. */
  readonly shortCases: number;
  open(place: Place): Promise<OpenTarget>;
}

interface OpenTarget {
  readonly property: IAsyncProperty<unknown>;
  /** What must hold when all cases are over; throws when it does not. */
  settled?(): Promise<void>;
  close(): Promise<void>;
}

/** For targets that hold nothing open. */
export const nothingOpen = { close: async () => undefined };
