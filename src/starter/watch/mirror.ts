import { inTransaction, type Pool, type PoolClient } from '../../platform/database.ts';
import { isDatabaseError, sentenceOf, subjectOf } from '../../platform/database-errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { mirroredRows } from '../../platform/metrics.ts';
import { RowBackoff } from '../../platform/row-backoff.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { sleep } from '../../platform/shutdown.ts';
import { labelOf, type QueueDefinition } from '../../queues/definition.ts';
import { type MirrorStatements, mirrorStatements } from '../../sql/mirror.ts';

const pageRows = 100;
/** So many rows that the application holds are waited for in one pass, each for so long at most, in milliseconds. */
const mostWaits = 10;
const lockTimeoutMs = 200;
/** A right or a column that is missing is of all rows: after so many of them the pass ends. */
const mostRefused = 3;
/** How soon rows are tried again that the application, or a claim, held. */
const againMs = 500;

/** What is left of one walk, and what it met. */
interface Pass {
  waits: number;
  held: number;
  refused: number;
}

/**
 * Writes to the application's rows how their jobs go, after each claim and each end, until they show it. A row that the application holds
 * does not delay the others, and the application waits for one write at most.
 */
export class Mirror {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #statements: MirrorStatements | undefined;
  readonly #backoff = new RowBackoff();
  readonly #label: string;
  #isChanged = false;
  #nap: AbortController | undefined;

  constructor({ pool, queue, log }: { pool: Pool; queue: QueueDefinition; log: Logger }) {
    this.#pool = pool;
    this.#label = labelOf(queue);
    this.#log = log.child({ queue: queue.name });
    this.#statements = mirrorStatements(queue);
  }

  /** Whether there is anything to write, ever. */
  get isNeeded(): boolean {
    return this.#statements !== undefined;
  }

  /** Rows have changed: the next pass begins at once. */
  soon(): void {
    this.#isChanged = true;
    this.#nap?.abort();
  }

  /** Sleeps until rows change, for so many milliseconds at most, or until the signal. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isChanged) return;
    this.#nap = new AbortController();
    await sleep(ms, AbortSignal.any([signal, this.#nap.signal]));
  }

  /**
   * One walk through the jobs that the application's rows do not show yet. Answers in how many milliseconds the next one is due;
   * `undefined`: none of them was held.
   * @throws when Postgres is away
   */
  async runOnce(): Promise<number | undefined> {
    const statements = this.#statements;
    if (statements === undefined) return undefined;
    this.#isChanged = false;
    const pass: Pass = { waits: mostWaits, held: 0, refused: 0 };
    let last: string | null = null;
    for (;;) {
      const { rows }: { rows: { id: string }[] } = await this.#pool.query(statements.due, [last, pageRows]);
      const ids = rows.map(({ id }) => id).filter((id) => !this.#backoff.isWaiting(id));
      if (ids.length > 0) await this.#writePage(statements, ids, pass);
      last = rows.at(-1)?.id ?? null;
      if (rows.length < pageRows) return pass.held > 0 ? againMs : undefined;
    }
  }

  /** All together; after an error one by one, so that one bad row does not stop the others. Of the rows that are held a few are tried one by one too. */
  async #writePage(statements: MirrorStatements, ids: readonly string[], pass: Pass): Promise<void> {
    const together = await this.#write(statements, ids, false, pass);
    for (const id of ids) {
      if (together?.has(id) === true) continue;
      const waits = together !== undefined && pass.waits > 0;
      if (waits) pass.waits -= 1;
      const alone =
        waits || together === undefined ? await this.#write(statements, [id], waits, pass) : new Set();
      if (alone?.has(id) === false) pass.held += 1;
    }
  }

  /** One transaction. Answers which of them are done; `undefined`: they were refused. */
  async #write(
    statements: MirrorStatements,
    ids: readonly string[],
    waits: boolean,
    pass: Pass,
  ): Promise<Set<string> | undefined> {
    try {
      const done = await inTransaction(this.#pool, (tx) => writeIn(tx, statements, ids, waits));
      for (const id of done) this.#backoff.repaired(id);
      mirroredRows.inc({ queue: this.#label, outcome: 'written' }, done.size);
      return done;
    } catch (error) {
      if (isLockTimeout(error)) return new Set();
      const isHidden = error instanceof HiddenRowError;
      if (!isHidden && subjectOf(error) === 'database') throw error;
      const [id] = ids;
      if (ids.length > 1 || id === undefined) return undefined;
      await this.#refused(statements, id, error);
      mirroredRows.inc({ queue: this.#label, outcome: 'refused' });
      if (isHidden || subjectOf(error) === 'statement') pass.refused += 1;
      if (pass.refused > mostRefused) throw error;
      return undefined;
    }
  }

  async #refused(statements: MirrorStatements, id: string, error: unknown): Promise<void> {
    const nextInMs = this.#backoff.failed(id);
    this.#log.warn(
      { err: error, jobId: id, nextInMs },
      "the application's row does not take how its job goes",
    );
    const words = isDatabaseError(error) ? sentenceOf(error) : String(error);
    const why = fitForRow(`the mirror could not be written: ${words}`);
    await this.#pool.query(statements.noteRefusal, [id, why]).catch((untold: unknown) => {
      this.#log.warn({ err: untold, jobId: id }, 'the refusal could not be noted in the history of the job');
    });
  }
}

/** @throws {HiddenRowError} when a row that is not seen may be there all the same */
async function requireVisible(tx: PoolClient, statements: MirrorStatements): Promise<void> {
  const { rows } = await tx.query<{ role: string }>(statements.hiddenFrom);
  if (rows[0] !== undefined) throw new HiddenRowError(rows[0].role);
}

/** The row is not seen, and nobody can tell whether it is gone. */
class HiddenRowError extends Error {
  constructor(role: string) {
    super(`row-level security hides rows of the table from role "${role}": it needs a policy USING (true)`);
  }
}

/**
 * The application's rows are locked before the jobs, as its own statements do, whose triggers write jobs. Both are held for this
 * transaction alone. A job that a claim holds is left: the claim is asking Temporal.
 */
async function writeIn(
  tx: PoolClient,
  statements: MirrorStatements,
  ids: readonly string[],
  waits: boolean,
): Promise<Set<string>> {
  await tx.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  const lock = waits ? statements.lockSource : statements.lockFreeSources;
  const sources = idsIn(await tx.query<{ id: string }>(lock, [waits ? ids[0] : ids]));
  const gone = idsIn(await tx.query<{ id: string }>(statements.withoutSource, [ids]));
  if (gone.length > 0) await requireVisible(tx, statements);
  const jobs = idsIn(await tx.query<{ id: string }>(statements.lockDue, [[...sources, ...gone]]));
  await tx.query(statements.write, [jobs]);
  await tx.query(statements.mirrored, [jobs]);
  await tx.query('SET CONSTRAINTS ALL IMMEDIATE'); // a deferred one would speak at COMMIT, of no one row
  return new Set(jobs);
}

const idsIn = ({ rows }: { rows: { id: string }[] }): string[] => rows.map(({ id }) => id);

/** `lock_not_available`, or the loser of a deadlock. */
const isLockTimeout = (error: unknown): boolean =>
  isDatabaseError(error) && (error.code === '55P03' || error.code === '40P01');
