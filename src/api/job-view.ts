import type { DatabaseTime } from '../platform/database-types.ts';
import type { JobRow } from './queries.ts';

/** A job as the API answers it. Times are ISO 8601 in UTC, or `infinity` and `-infinity`. */
export interface JobView {
  id: string;
  status: string;
  originalName: string;
  sizeBytes: number | null;
  sha256: string | null;
  mapping: string;
  priority: number;
  customer: string | null;
  attempt: number;
  result: { bytes: number; sha256: string; href: string } | null;
  error: { code: string; message: string | null } | null;
  runId: string | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  failedAt: string | null;
  canceledAt: string | null;
  /** Not before this time. */
  runAt: string | null;
  cancelRequestedAt: string | null;
  updatedAt: string;
}

export function jobView(row: JobRow): JobView {
  return {
    id: row.id,
    status: row.status,
    originalName: row.original_name,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    sha256: row.sha256,
    mapping: row.mapping,
    priority: row.priority,
    customer: row.customer,
    attempt: row.attempt,
    result: resultOf(row),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message },
    runId: row.run_id,
    createdAt: iso(row.created_at),
    startedAt: isoOrNull(row.started_at),
    completedAt: isoOrNull(row.completed_at),
    failedAt: isoOrNull(row.failed_at),
    canceledAt: isoOrNull(row.canceled_at),
    runAt: isoOrNull(row.run_at),
    cancelRequestedAt: isoOrNull(row.cancel_requested_at),
    updatedAt: iso(row.updated_at),
  };
}

function resultOf(row: JobRow): JobView['result'] {
  if (row.result_path === null || row.result_bytes === null || row.result_sha256 === null) return null;
  return { bytes: Number(row.result_bytes), sha256: row.result_sha256, href: `${jobPath(row.id)}/result` };
}

export const jobPath = (id: string): string => `/api/jobs/${id}`;

export const iso = (time: DatabaseTime): string => (time instanceof Date ? time.toISOString() : time);

export const isoOrNull = (time: DatabaseTime | null): string | null => (time === null ? null : iso(time));
