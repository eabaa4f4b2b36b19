import type { OutcomeRow, RedriveRow, SampleRow } from './redrive-queries.ts';
import { iso, isoOrNull, jobTimes } from './times.ts';

export const redrivePath = (id: string): string => `/api/redrives/${id}`;

/** A redrive as the API answers it. Times are ISO 8601 in UTC. */
export const redriveView = (row: RedriveRow) => ({
  id: row.id,
  status: row.status,
  queue: row.queue,
  reason: row.reason,
  states: row.states,
  errorCodes: row.error_codes,
  messageContains: row.message_contains,
  keys: row.keys,
  endedAfter: isoOrNull(row.ended_after),
  endedBefore: isoOrNull(row.ended_before),
  perSecond: row.per_second,
  mostWaiting: row.most_waiting,
  paused: row.paused,
  total: row.total === null ? null : Number(row.total),
  requeued: Number(row.requeued),
  skipped: Number(row.skipped),
  refused: Number(row.refused),
  waitsFor: row.status === 'processing' ? row.waits_for : null,
  error: row.status === 'failed' ? { code: row.error_code, message: row.error_message } : null,
  createdBy: row.created_by,
  ...jobTimes(row),
});

export const sampleView = (row: SampleRow) => ({
  id: row.id,
  status: row.status,
  label: row.label,
  key: row.key,
  attempt: row.attempt,
  error: row.error_code === null ? null : { code: row.error_code, message: row.error_message },
  endedAt: iso(row.ended_at),
});

export const outcomeView = (row: OutcomeRow) => ({
  jobId: row.job_id,
  outcome: row.outcome,
  reason: row.reason,
  at: iso(row.at),
  attemptBefore: row.attempt_before,
  attemptNow: row.attempt_now,
  statusNow: row.status_now,
  errorCodeNow: row.error_code_now,
});
