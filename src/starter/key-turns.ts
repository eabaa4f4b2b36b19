import type { PoolClient } from '../platform/database.ts';
import type { ClaimStatements } from '../sql/claim.ts';
import type { Admission, InFlightSince } from './admission.ts';
import type { ClaimedJob } from './claimed-job.ts';

/** The rows of one priority and key that wait. */
export interface Partition {
  priority: number;
  /** As Postgres writes it: no number of ours holds each value of its types. */
  exact_priority: string;
  key: string;
  /** Who takes turns: the key, or whoever has several of them. */
  share: string;
  in_flight: number;
  share_in_flight: number;
  /** How many more its key may have in flight; `null`: no limit. */
  room: number | null;
}

type KeyLimits = NonNullable<Admission['keys']>;

/** So many partitions are read in one claim. With more, the next claim reads those behind. */
export const mostPartitions = 100;
/** So many shares and keys are remembered, those served last. */
const mostServed = 10_000;
/** For so long after a claim that found no keys at all, rows are claimed without reading partitions. */
const withoutKeysMs = 1_000;

/**
 * Claims in turn: whoever has the least in flight goes next, whatever each has waiting; among equals who was not served for
 * longest, so that with fewer places than keys each has its turn.
 */
export class Turns {
  readonly #shares = new LastServed();
  readonly #keys = new LastServed();
  #behind: Pick<Partition, 'exact_priority' | 'key'> | undefined;
  #withoutKeysUntil = 0;

  /** Whether the last read of the partitions, a moment ago, found only rows without a key: then turns are first in, first out. */
  hasNone(now = performance.now()): boolean {
    return now < this.#withoutKeysUntil;
  }

  async claim(
    tx: PoolClient,
    statements: ClaimStatements,
    options: {
      limit: number;
      keys: KeyLimits;
      passOver: readonly string[];
      inFlightSince: InFlightSince;
    },
  ): Promise<ClaimedJob[]> {
    const partitions = await this.#partitions(tx, statements, options);
    const longestAgoFirst = partitions.toSorted(
      (one, other) =>
        this.#shares.when(one.share) - this.#shares.when(other.share) ||
        this.#keys.when(one.key) - this.#keys.when(other.key),
    );
    const shares = shareOut(longestAgoFirst, options.limit);
    for (const { partition } of shares) {
      this.#shares.serve(partition.share);
      this.#keys.serve(partition.key);
    }
    if (shares.length === 0 || statements.claimShares === undefined) return [];
    const { rows } = await tx.query<ClaimedJob>(statements.claimShares, [
      shares.map(({ partition }) => partition.exact_priority),
      shares.map(({ partition }) => partition.key),
      shares.map(({ jobs }) => jobs),
      options.passOver,
    ]);
    return rows;
  }

  /** The partitions that go next: all of them, or so many behind those that were read last. */
  async #partitions(
    tx: PoolClient,
    statements: ClaimStatements,
    {
      keys,
      passOver,
      inFlightSince,
    }: { keys: KeyLimits; passOver: readonly string[]; inFlightSince: InFlightSince },
  ): Promise<Partition[]> {
    const { partitions: fromTheFirst, partitionsBehind } = statements;
    if (fromTheFirst === undefined || partitionsBehind === undefined) return [];
    const { time, before } = inFlightSince;
    const values = [keys.maxInFlight, keys.paused, mostPartitions, time, passOver, before ?? []];
    const first = (await tx.query<Partition>(fromTheFirst, values)).rows;
    const priority = first[0]?.exact_priority;
    if (first.length === 1 && first[0]?.key === '' && !keys.limited) {
      this.#withoutKeysUntil = performance.now() + withoutKeysMs;
    }
    if (first.length < mostPartitions || priority === undefined) {
      this.#behind = undefined;
      return first;
    }
    const behind = this.#behind?.exact_priority === priority ? this.#behind : undefined;
    const following =
      behind === undefined
        ? first
        : (await tx.query<Partition>(partitionsBehind, [...values, behind.exact_priority, behind.key])).rows;
    const partitions = following.filter(
      (partition) => behind === undefined || partition.exact_priority === priority,
    );
    this.#behind = partitions.length === mostPartitions ? partitions.at(-1) : undefined;
    return partitions.length > 0 ? partitions : first;
  }
}

/** Who was served in which order; those that were served longest ago are forgotten. */
class LastServed {
  readonly #places = new Map<string, number>();
  #place = 0;

  /** 0 for whoever was never served. */
  when(name: string): number {
    return this.#places.get(name) ?? 0;
  }

  serve(name: string): void {
    this.#places.delete(name);
    this.#places.set(name, ++this.#place);
    const [longestAgo] = this.#places.keys();
    if (this.#places.size > mostServed && longestAgo !== undefined) this.#places.delete(longestAgo);
  }
}

/**
 * Gives out `limit` places: lower priority numbers first, within one the share with the least in flight, and of that the key
 * with the least, counting what each was given. Partitions of one key share what room it has.
 */
export function shareOut(
  partitions: readonly Partition[],
  limit: number,
): { partition: Partition; jobs: number }[] {
  const given = new Map<Partition, number>();
  const ofKey = new Map<string, number>();
  const ofShare = new Map<string, number>();
  const hasRoom = (partition: Partition) =>
    partition.room === null || (ofKey.get(partition.key) ?? 0) < partition.room;
  const inFlightOfShare = (partition: Partition) =>
    partition.share_in_flight + (ofShare.get(partition.share) ?? 0);
  const inFlight = (partition: Partition) => partition.in_flight + (ofKey.get(partition.key) ?? 0);
  const order = (one: Partition, other: Partition) =>
    one.priority - other.priority ||
    inFlightOfShare(one) - inFlightOfShare(other) ||
    inFlight(one) - inFlight(other);
  for (let left = limit; left > 0; left -= 1) {
    const next = partitions
      .filter(hasRoom)
      .reduce<Partition | undefined>(
        (best, partition) => (best && order(best, partition) <= 0 ? best : partition),
        undefined,
      );
    if (next === undefined) break;
    given.set(next, (given.get(next) ?? 0) + 1);
    ofKey.set(next.key, (ofKey.get(next.key) ?? 0) + 1);
    ofShare.set(next.share, (ofShare.get(next.share) ?? 0) + 1);
  }
  return [...given].map(([partition, jobs]) => ({ partition, jobs }));
}
