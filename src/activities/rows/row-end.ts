import { inTransaction, type Pool, type PoolClient } from '../../platform/database.ts';
import { JobError } from '../../platform/errors.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { ownedStates } from '../../queues/definition.ts';
import type { JobEnd, JobRun } from '../../queues/job.ts';
import { columnLengths } from '../../sql/column-lengths.ts';
import { rethrowDatabaseError, rowRefused } from '../work/interruptions.ts';
import { requireVisible } from './hidden-rows.ts';
import type { JobRow, KnownQueue } from './ownership.ts';

/** Why an UPDATE of a row that was there, locked and its run's changed nothing. */
export const rowKept = 'a trigger of the table left the row as it was';

/** What became of the end of a job: written, or too late for a row that somebody else has moved. */
export interface WrittenEnd {
  ended: boolean;
  attempt: number | undefined;
  /** Of the row before. */
  status: string | undefined;
}

/**
 * Ends the row as failed or canceled, fenced. Texts are fitted to their columns; where a constraint does not take the message
 * all the same, the row is ended without it. `prepare` comes first in the transaction.
 * @throws {JobError} `ROW_REFUSED`, {DatabaseAway}, {StatementRefused}
 */
export async function writeEnd(
  pool: Pool,
  known: KnownQueue,
  run: JobRun,
  end: JobEnd,
  prepare: (tx: PoolClient) => Promise<unknown> = async () => undefined,
): Promise<WrittenEnd> {
  const write = (errorMessage: string | null) =>
    inTransaction(pool, async (tx) => {
      await prepare(tx);
      return writeIn(tx, known, run, { ...end, errorMessage });
    }).catch(rethrowDatabaseError);
  try {
    return await write(fitForRow(end.errorMessage));
  } catch (error) {
    if (!(error instanceof JobError) || end.state !== 'failed') throw error;
    // The first refusal is the one to tell: it is of what was really to be written.
    return await write(null).catch((second: unknown) => {
      throw second instanceof JobError ? error : second;
    });
  }
}

async function writeIn(
  tx: PoolClient,
  { queue, statements }: KnownQueue,
  run: JobRun,
  end: JobEnd,
): Promise<WrittenEnd> {
  // A claim that was rolled back left the row waiting: it is taken over by the work's begin, never by its end.
  const row = await lock(tx, { queue, statements }, run);
  const [attempt, status] = [row?.job_attempt, row?.job_status];
  if (!isOwned(queue, run, row)) return { ended: false, attempt, status };
  const own = [run.jobId, run.runIds[0]];
  const { rowCount } =
    end.state === 'failed'
      ? await tx.query(statements.fail, [...own, ...(await fitted(tx, queue, end))])
      : await tx.query(statements.cancel, own);
  if (rowCount !== 1) throw rowRefused(rowKept);
  return { ended: true, attempt, status };
}

/** Whether a locked row is in flight or parked under this run. */
export const isOwned = (queue: KnownQueue['queue'], run: JobRun, row: JobRow | undefined): boolean =>
  row !== undefined && row.job_run_id === run.runIds[0] && ownedStates(queue).includes(row.job_status);

/**
 * `undefined`: the row is gone.
 * @throws {DatabaseAway} when it may only be hidden
 */
export async function lock(
  tx: PoolClient,
  { queue, statements }: KnownQueue,
  run: JobRun,
): Promise<JobRow | undefined> {
  const { rows } = await tx.query<JobRow>(statements.lock, [run.jobId]);
  if (rows.length === 0) await requireVisible(tx, queue);
  return rows[0];
}

/** Code and message as their columns have room for them. */
async function fitted(
  tx: PoolClient,
  { table, columns }: KnownQueue['queue'],
  { errorCode, errorMessage }: Pick<JobEnd, 'errorCode' | 'errorMessage'>,
): Promise<[string | null, string | null]> {
  const lengths = await columnLengths(tx, table);
  const shorten = (text: string | null, column: string) =>
    text === null ? null : firstCharacters(text, lengths.get(column) ?? text.length);
  return [shorten(errorCode, columns.errorCode), shorten(errorMessage, columns.errorMessage)];
}

/** Characters as Postgres counts them: a letter outside of the basic plane is one. */
const firstCharacters = (text: string, most: number) => Array.from(text).slice(0, most).join('');
