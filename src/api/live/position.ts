/** Ids from `first` to `last`, both included. */
export interface IdRange {
  first: number;
  last: number;
  /** Set for a gap: once every transaction with a smaller id has ended, nothing can come into it any more. */
  settledBy?: bigint;
}

/** More gaps than this do not fit into a header; the oldest are given up. */
export const mostGaps = 256;

/**
 * Which events have been seen, by their ids: those that are unseen, as ranges in order, the last without an end. Ids are given out
 * before COMMIT, so a smaller id may become visible after a larger one: until then it lies in a gap. Never changed; what
 * changes it answers another.
 */
export class Position {
  readonly unseen: readonly IdRange[];

  constructor(unseen: readonly IdRange[]) {
    this.unseen = unseen;
  }

  static after(high: number, gaps: readonly IdRange[] = []): Position {
    return new Position([...gaps, { first: high + 1, last: Number.POSITIVE_INFINITY }]);
  }

  /** The largest id that was seen. */
  get high(): number {
    return (this.unseen.at(-1)?.first ?? 1) - 1;
  }

  get gaps(): readonly IdRange[] {
    return this.unseen.slice(0, -1);
  }

  /** Everything up to this id was seen. */
  get low(): number {
    return (this.unseen[0]?.first ?? 1) - 1;
  }

  /** After these were seen too; ids in rising order. */
  with(ids: readonly number[]): Position {
    const rest: IdRange[] = [];
    let next = 0;
    for (const range of this.unseen) {
      let { first } = range;
      for (; next < ids.length && (ids[next] ?? 0) <= range.last; next += 1) {
        const id = ids[next] ?? 0;
        if (id > first) rest.push({ ...range, first, last: id - 1 });
        first = Math.max(first, id + 1);
      }
      if (first <= range.last) rest.push({ ...range, first });
    }
    return new Position(rest);
  }

  /** The same with other gaps. */
  withGaps(gaps: readonly IdRange[]): Position {
    return Position.after(this.high, gaps);
  }

  /** On the way from here to a later position: after what that one has seen up to this id. */
  towards(later: Position, id: number): Position {
    return new Position([...clipped(later.unseen, 1, id), ...clipped(this.unseen, id + 1, Infinity)]);
  }

  /** What this one or the other has seen. */
  and(other: Position): Position {
    return new Position(this.unseen.flatMap(({ first, last }) => clipped(other.unseen, first, last)));
  }

  /** The ranges that this one has not seen and the other has. */
  missing(other: Position): IdRange[] {
    const ranges: IdRange[] = [];
    for (const { first, last } of this.unseen) {
      let start = first;
      for (const gap of clipped(other.unseen, first, last)) {
        if (gap.first > start) ranges.push({ first: start, last: gap.first - 1 });
        start = gap.last + 1;
      }
      if (start <= last && Number.isFinite(start)) ranges.push({ first: start, last });
    }
    return ranges;
  }

  has(id: number): boolean {
    return !this.unseen.some(({ first, last }) => first <= id && id <= last);
  }

  /** What a client gives back as Last-Event-ID: the largest id, and the gaps below it. */
  toString(): string {
    const gaps = this.gaps.map(({ first, last }) => (first === last ? first : `${first}-${last}`));
    return [this.high, ...gaps].join('.');
  }
}

const clipped = (ranges: readonly IdRange[], from: number, to: number): IdRange[] =>
  ranges
    .filter(({ first, last }) => first <= to && last >= from)
    .map((range) => ({ ...range, first: Math.max(range.first, from), last: Math.min(range.last, to) }));

/** Reads what {@link Position.toString} wrote; `undefined`: it is no such text. */
export function readPosition(text: string): Position | undefined {
  if (text.length > 10_000 || !/^\d{1,15}(\.\d{1,15}(-\d{1,15})?)*$/.test(text)) return undefined;
  const [[high = 0] = [], ...gaps] = text.split('.').map((part) => part.split('-').map(Number));
  const position = Position.after(
    high,
    gaps.map(([first = 0, last = first]) => ({ first, last })),
  );
  const inOrder = position.unseen.every(
    ({ first, last }, i) => first <= last && first > (position.unseen[i - 1]?.last ?? 0),
  );
  return inOrder && gaps.length <= mostGaps ? position : undefined;
}
