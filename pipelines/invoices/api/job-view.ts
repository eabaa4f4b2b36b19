import { iso, isoOrNull, jobTimes } from 'pg-switchyard/api';
import type { GatewayReport } from '../gateway-report.ts';
import type { JobRow } from './queries.ts';

/** A job as the API answers it. Times are ISO 8601 in UTC, or `infinity` and `-infinity`. */
export interface JobView extends ReturnType<typeof jobTimes> {
  id: string;
  status: string;
  originalName: string;
  sizeBytes: number | null;
  sha256: string | null;
  mapping: string;
  priority: number;
  customer: string | null;
  attempt: number;
  result: {
    bytes: number;
    sha256: string;
    href: string;
    /** What the gateway said of it; `null`: nothing. */
    report: GatewayReport | null;
  } | null;
  error: { code: string; message: string | null } | null;
  runId: string | null;
  /** Not before this time. */
  runAt: string | null;
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
    ...jobTimes(row),
    runAt: isoOrNull(row.run_at),
    updatedAt: iso(row.updated_at),
  };
}

function resultOf(row: JobRow): JobView['result'] {
  if (row.result_path === null || row.result_bytes === null || row.result_sha256 === null) return null;
  return {
    bytes: Number(row.result_bytes),
    sha256: row.result_sha256,
    href: `${jobPath(row.id)}/result`,
    report: row.result_report,
  };
}

export const jobPath = (id: string): string => `/api/jobs/${id}`;
