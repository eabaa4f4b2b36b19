import {
  type FileStore,
  inTransaction,
  isDatabaseTrouble,
  type Logger,
  type Pool,
  type PoolClient,
} from 'pg-switchyard';
import { Problem, throwDatabaseProblem } from 'pg-switchyard/api';
import type { JobQueries, JobRow, NewJob, RequestEntry } from './queries.ts';
import { removeUpload } from './remove-upload.ts';

/** What became of an upload: the row of its job, and whether an earlier request had made it. */
export interface StoredJob {
  row: JobRow;
  replayed: boolean;
}

/**
 * Turns a stored file into a job: row and idempotency entry, both or none. The file was there first, so that no job is without its file;
 * whatever fails removes it again.
 *
 * An answer to COMMIT that got lost is asked for by doing the same again under the same id. When that cannot be told
 * either, the file stays: a file too many harms nobody, a job without its file fails.
 * @throws {Problem} 422 when the key stands for another upload, 503 when the database is away
 */
export async function storeJob(
  deps: {
    pool: Pool;
    queries: JobQueries;
    uploads: FileStore;
    log: Pick<Logger, 'warn'>;
    /** Comes first in the transaction. */
    prepare?: (tx: PoolClient) => Promise<void>;
  },
  job: NewJob,
  entry: RequestEntry | undefined,
): Promise<StoredJob> {
  const { pool, queries, uploads, log } = deps;
  let commitSent = false;
  const once = () =>
    inTransaction(pool, async (tx) => {
      await deps.prepare?.(tx);
      const stored = await insertOrFind(queries, tx, job, entry);
      commitSent ||= !stored.replayed;
      return stored;
    });

  try {
    const stored = await once().catch((error: unknown) => {
      if (!commitSent || !isDatabaseTrouble(error)) throw error;
      log.warn({ err: error }, 'the answer to COMMIT was lost; asking again');
      return once();
    });
    if (stored.replayed) await removeUpload(uploads, job.uploadPath, log);
    return stored;
  } catch (error) {
    if (commitSent && isDatabaseTrouble(error)) {
      log.warn({ err: error, file: job.uploadPath }, 'not known whether the job was stored; its file stays');
    } else await removeUpload(uploads, job.uploadPath, log);
    return throwDatabaseProblem(error);
  }
}

async function insertOrFind(
  queries: JobQueries,
  tx: PoolClient,
  job: NewJob,
  entry: RequestEntry | undefined,
): Promise<StoredJob> {
  if (entry === undefined) {
    const row = (await queries.insert(tx, job)) ?? (await queries.find(tx, job.id));
    if (row === undefined) throw new Error(`job ${job.id} was neither inserted nor found`);
    return { row, replayed: false };
  }
  const inserted = await queries.insertOnce(tx, job, entry);
  if (inserted !== undefined) return { row: inserted, replayed: false };
  const found = await queries.findByKey(tx, entry.key);
  if (found === undefined) {
    throw new Problem(
      409,
      'TRY_AGAIN',
      'the job of this Idempotency-Key was just deleted; send the request again',
    );
  }
  if (found.fingerprint !== entry.fingerprint) {
    throw new Problem(
      422,
      'IDEMPOTENCY_KEY_REUSED',
      'this Idempotency-Key came with another file, mapping, priority, customer or runAt before; use a new key for a new upload',
    );
  }
  return { row: found, replayed: found.id !== job.id };
}
