import { type DatabaseTime, type Pool, type PoolClient, quoteName } from 'pg-switchyard';
import type { JobTimes } from 'pg-switchyard/api';
import type { GatewayReport } from '../gateway-report.ts';

/** A job's row as the API reads it; `bigint` columns arrive as text. */
export interface JobRow extends JobTimes {
  id: string;
  status: string;
  upload_path: string;
  original_name: string;
  size_bytes: string | null;
  sha256: string | null;
  mapping: string;
  priority: number;
  attempt: number;
  result_path: string | null;
  result_bytes: string | null;
  result_sha256: string | null;
  result_report: GatewayReport | null;
  error_code: string | null;
  error_message: string | null;
  run_id: string | null;
  run_at: DatabaseTime | null;
  customer: string | null;
  updated_at: DatabaseTime;
  /** `created_at` to the microsecond, in words that no setting changes and that Postgres reads again. */
  created_exactly: string;
}

export interface NewJob {
  id: string;
  uploadPath: string;
  originalName: string;
  bytes: number;
  sha256: string;
  mapping: string;
  priority: number;
  customer: string | null;
  /** ISO 8601. */
  runAt: string | null;
  requestId: string;
}

export interface RequestEntry {
  key: string;
  fingerprint: string;
}

/** Where a page of the list goes on: after this job. */
export interface ListPosition {
  createdAt: string;
  id: string;
}

export type JobQueries = ReturnType<typeof jobQueries>;

/** What the API reads of a row of `AS job`. */
export const jobColumns = `
    job.id, job.status::text AS status, job.upload_path, job.original_name, job.size_bytes, job.sha256, job.mapping, job.priority,
    job.attempt, job.result_path, job.result_bytes, job.result_sha256, job.result_report, job.error_code, job.error_message,
    job.run_id,
    job.created_at, job.started_at, job.completed_at, job.failed_at, job.canceled_at, job.cancel_requested_at,
    job.run_at, job.customer, job.updated_at,
    coalesce(to_char(job.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US BC "UTC"'), job.created_at::text)
      AS created_exactly`;

/** The statements that read and make jobs, over one job table. */
export function jobQueries(table: string) {
  const jobs = quoteName(table);
  const columns = jobColumns;
  const newJob =
    'id, upload_path, original_name, size_bytes, sha256, mapping, priority, request_id, customer, run_at';
  const valuesOf = (job: NewJob) => [
    job.id,
    job.uploadPath,
    job.originalName,
    job.bytes,
    job.sha256,
    job.mapping,
    job.priority,
    job.requestId,
    job.customer,
    job.runAt,
  ];

  return {
    /** Inserts the job unless its id is there already; waits for another transaction that is inserting it. */
    async insert(db: PoolClient, job: NewJob): Promise<JobRow | undefined> {
      const { rows } = await db.query<JobRow>(
        `INSERT INTO ${jobs} AS job (${newJob}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO NOTHING
         RETURNING ${columns}`,
        valuesOf(job),
      );
      return rows[0];
    },

    /** Inserts the job and its idempotency entry, or neither when the key is taken; waits for who is taking it. */
    async insertOnce(db: PoolClient, job: NewJob, entry: RequestEntry): Promise<JobRow | undefined> {
      const { rows } = await db.query<JobRow>(
        `WITH taken AS (
           INSERT INTO public.upload_requests (idempotency_key, fingerprint, job_id) VALUES ($11, $12, $1)
           ON CONFLICT (idempotency_key) DO NOTHING
           RETURNING job_id
         )
         INSERT INTO ${jobs} AS job (${newJob})
         SELECT taken.job_id, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz FROM taken
         RETURNING ${columns}`,
        [...valuesOf(job), entry.key, entry.fingerprint],
      );
      return rows[0];
    },

    /** The job that an idempotency key made, and of what. */
    async findByKey(db: PoolClient, key: string): Promise<(JobRow & { fingerprint: string }) | undefined> {
      const { rows } = await db.query<JobRow & { fingerprint: string }>(
        `SELECT ${columns}, request.fingerprint
           FROM public.upload_requests AS request JOIN ${jobs} AS job ON job.id = request.job_id
          WHERE request.idempotency_key = $1`,
        [key],
      );
      return rows[0];
    },

    async find(db: Pool | PoolClient, id: string): Promise<JobRow | undefined> {
      const { rows } = await db.query<JobRow>(`SELECT ${columns} FROM ${jobs} AS job WHERE job.id = $1`, [
        id,
      ]);
      return rows[0];
    },

    /** Newest first, from `after` on (`undefined`: from the start). Served by an index on (created_at DESC, id DESC). */
    async list(
      db: Pool,
      page: { statuses: readonly string[]; after: ListPosition | undefined; limit: number },
    ): Promise<JobRow[]> {
      const { rows } = await db.query<JobRow>(
        `SELECT ${columns}
           FROM ${jobs} AS job
          WHERE job.status = ANY ($1::public.job_status[])
            AND ($2::timestamptz IS NULL OR (job.created_at, job.id) < ($2::timestamptz, $3::uuid))
          ORDER BY job.created_at DESC, job.id DESC
          LIMIT $4`,
        [page.statuses, page.after?.createdAt ?? null, page.after?.id ?? null, page.limit],
      );
      return rows;
    },
  };
}
