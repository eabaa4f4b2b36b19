import { type DatabaseTime, iso, isoOrNull } from '../platform/database-types.ts';

export { iso, isoOrNull };

/** When the row of a job or a redrive came to where it is. */
export interface JobTimes {
  created_at: DatabaseTime;
  started_at: DatabaseTime | null;
  completed_at: DatabaseTime | null;
  failed_at: DatabaseTime | null;
  canceled_at: DatabaseTime | null;
  cancel_requested_at: DatabaseTime | null;
}

export const jobTimes = (row: JobTimes) => ({
  createdAt: iso(row.created_at),
  startedAt: isoOrNull(row.started_at),
  completedAt: isoOrNull(row.completed_at),
  failedAt: isoOrNull(row.failed_at),
  canceledAt: isoOrNull(row.canceled_at),
  cancelRequestedAt: isoOrNull(row.cancel_requested_at),
});
