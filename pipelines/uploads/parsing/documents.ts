import { JobError, type JobRun, type Pool } from 'pg-switchyard';
import { RowLost, rethrowDatabaseError } from 'pg-switchyard/worker';
import { UploadErrorCode } from '../error-codes.ts';

/** A row of `upload_pipeline.documents`; what it says of its file is checked before it is believed. */
export interface UploadedDocument {
  id: string;
  path: string;
  mediaType: string;
  sha256: string;
  bytes: number;
  textPath: string | null;
}

/** A failure that is the document's own: another try gives the same. */
export const badDocument = (message: string, cause?: unknown) =>
  new JobError(UploadErrorCode.BAD_DOCUMENT, message, { retryable: false, cause });

/** @throws {JobError} when there is no such document */
export async function documentOf(pool: Pool, id: string): Promise<UploadedDocument> {
  const { rows } = await pool
    .query<UploadedDocument>(
      `SELECT document_id::text AS id, path, media_type AS "mediaType", sha256, size::float8 AS bytes, text_path AS "textPath"
         FROM upload_pipeline.documents WHERE document_id = $1`,
      [id],
    )
    .catch(rethrowDatabaseError);
  const document = rows[0];
  if (document === undefined) throw badDocument(`there is no document ${id}`);
  return document;
}

/**
 * Writes what was found out about a job's document, as long as the job is this run's.
 * @throws {RowLost}
 */
export async function describeDocument(
  pool: Pool,
  run: JobRun,
  found: { pages: number; textPath?: string },
): Promise<void> {
  const { rows } = await pool
    .query<{ mine: boolean }>('SELECT upload_pipeline.describe_document($1, $2, $3, $4) AS mine', [
      run.jobId,
      run.runIds[0],
      found.pages,
      found.textPath ?? null,
    ])
    .catch(rethrowDatabaseError);
  if (rows[0]?.mine !== true) throw new RowLost();
}
