import type { JobEvent } from '../../api/types.ts';

/** How long a job was in one state, in one try. */
export interface Segment {
  key: string;
  state: string;
  attempt: number;
  from: number;
  /** Null: it still is. */
  to: number | null;
}

const ends = new Set(['complete', 'failed', 'canceled']);

/** The states that a job went through, oldest first. An end is no segment: nothing goes on after it. */
export function segmentsOf(events: readonly JobEvent[]): Segment[] {
  return events.flatMap((event, index) => {
    if (ends.has(event.to)) return [];
    const next = events[index + 1];
    return [
      {
        key: event.id,
        state: event.to,
        attempt: event.attempt,
        from: Date.parse(event.at),
        to: next === undefined ? null : Date.parse(next.at),
      },
    ];
  });
}

export type Ledger = Readonly<
  Record<'inserted' | 'claimed' | 'started' | 'firstActivity' | 'ended' | 'mirrored', string | null>
>;

export interface LedgerStep {
  name: keyof Ledger;
  label: string;
  at: string | null;
  /** Since the last step before it that has a time; null: there is none, or it has not come. */
  seconds: number | null;
}

const steps: readonly [keyof Ledger, string][] = [
  ['inserted', 'Inserted'],
  ['claimed', 'Claimed'],
  ['started', 'Started'],
  ['firstActivity', 'First activity'],
  ['ended', 'Ended'],
  ['mirrored', 'On the row'],
];

/** When each step came, and how long after the one before it. */
export function ledgerSteps(ledger: Ledger): LedgerStep[] {
  let last: number | null = null;
  return steps.map(([name, label]) => {
    const at = ledger[name];
    const time = at === null ? Number.NaN : Date.parse(at);
    const seconds = Number.isNaN(time) || last === null ? null : (time - last) / 1000;
    if (!Number.isNaN(time)) last = time;
    return { name, label, at, seconds };
  });
}
