/** From where on `doctor` calls something wrong. Times are in milliseconds, shares between 0 and 1. */
export interface Limits {
  /** How long one check may take. */
  readonly checkMs: number;
  /** How long all of them may take; those that have not begun by then are not made. */
  readonly allMs: number;
  /** The oldest Postgres that is supported, as `server_version_num`. */
  readonly postgresVersion: number;
  /** The oldest Temporal server that is supported. */
  readonly temporalVersion: readonly [major: number, minor: number];
  /** How far clocks may be apart. */
  readonly clocksMs: number;
  /** How long a transaction may be open. */
  readonly transactionMs: number;
  /** How long a replication slot may be unused. */
  readonly slotMs: number;
  /** How long a session may wait for a lock. */
  readonly lockMs: number;
  /** Dead rows of a table: so many, and such a share of the live ones. */
  readonly deadRows: number;
  readonly deadShare: number;
  /** Of the connections that the server, the database or the role may have. */
  readonly connections: number;
  /** Of the queue of notifications. */
  readonly notifyQueue: number;
  /** Of the ids of a sequence or of its column. */
  readonly ids: number;
  /** The age of the oldest transaction id of the database; Postgres stops at 2 100 000 000. */
  readonly wraparoundAge: number;
  /** How many events may be kept where nothing removes them. */
  readonly events: number;
  /** How long a workflow may be closed, or a row be in flight, before the two must agree; and a pass of the reconciler be late. */
  readonly settledMs: number;
  /** How often the start of a row may be refused. */
  readonly refusals: number;
  /** How long a breaker may be open. */
  readonly breakerMs: number;
  /** How long a pause may last. */
  readonly pauseMs: number;
  /** How far back events and failed webhooks are looked at. */
  readonly recentMs: number;
  /** How long Temporal must keep closed workflows. */
  readonly retentionMs: number;
  /** How long ago the last pass of the reconciler may be, in intervals of its schedule. */
  readonly missedPasses: number;
  /** Room that a disk must have left, in bytes. */
  readonly diskBytes: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export const defaultLimits: Limits = {
  checkMs: 5 * second,
  allMs: 30 * second,
  postgresVersion: 140_000,
  temporalVersion: [1, 24],
  clocksMs: 5 * second,
  transactionMs: 5 * minute,
  slotMs: 5 * minute,
  lockMs: 30 * second,
  deadRows: 100_000,
  deadShare: 0.4,
  connections: 0.85,
  notifyQueue: 0.1,
  ids: 0.8,
  wraparoundAge: 1_000_000_000,
  events: 50_000_000,
  settledMs: 5 * minute,
  refusals: 3,
  breakerMs: 15 * minute,
  pauseMs: 24 * hour,
  recentMs: 24 * hour,
  retentionMs: 24 * hour,
  missedPasses: 10,
  diskBytes: 1024 ** 3,
};
