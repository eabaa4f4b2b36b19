import { z } from 'zod';
import type { OutcomeRow, RedriveRow, SampleRow } from './redrive-queries.ts';
import { iso, isoOrNull, jobTimes } from './times.ts';

export const redrivePath = (id: string): string => `/api/redrives/${id}`;

const time = z.string().nullable();

/** A redrive as the API answers it. Times are ISO 8601 in UTC. */
export const redriveSchema = z
  .object({
    id: z.string(),
    action: z.enum(['retry', 'cancel']),
    status: z.string(),
    queue: z.string(),
    reason: z.string(),
    states: z.array(z.string()),
    errorCodes: z.array(z.string()).nullable(),
    messageContains: z.string().nullable(),
    textContains: z.string().nullable(),
    keys: z.array(z.string()).nullable(),
    columns: z.record(z.string(), z.unknown()).nullable(),
    createdAfter: time,
    createdBefore: time,
    endedAfter: time,
    endedBefore: time,
    perSecond: z.number(),
    mostWaiting: z.number().nullable(),
    paused: z.boolean(),
    total: z
      .number()
      .nullable()
      .meta({ description: 'How many jobs matched when it began; null: not counted' }),
    requeued: z.number(),
    canceled: z.number(),
    skipped: z.number(),
    refused: z.number(),
    waitsFor: z.string().nullable(),
    error: z.object({ code: z.string().nullable(), message: z.string().nullable() }).nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
    startedAt: time,
    completedAt: time,
    failedAt: time,
    canceledAt: time,
    cancelRequestedAt: time,
  })
  .meta({ id: 'Redrive' });

/** One of the jobs that a redrive would take. */
export const sampleSchema = z
  .object({
    id: z.string(),
    status: z.string(),
    label: z.string().nullable(),
    key: z.string().nullable(),
    attempt: z.number(),
    error: z.object({ code: z.string().nullable(), message: z.string().nullable() }).nullable(),
    endedAt: z.string().meta({ description: 'Of a job that waits: when it was inserted' }),
  })
  .meta({ id: 'RedriveSample' });

/** What a redrive did with a job, and what became of that. */
export const outcomeSchema = z
  .object({
    jobId: z.string(),
    outcome: z.enum(['requeued', 'canceled', 'skipped', 'refused']),
    reason: z.string().nullable(),
    at: z.string(),
    attemptBefore: z.number(),
    attemptNow: z.number().nullable(),
    statusNow: z.string().nullable(),
    errorCodeNow: z.string().nullable(),
  })
  .meta({ id: 'RedriveOutcome' });

export const redriveView = (row: RedriveRow): z.infer<typeof redriveSchema> => ({
  id: row.id,
  action: row.action,
  status: row.status,
  queue: row.queue,
  reason: row.reason,
  states: row.states,
  errorCodes: row.error_codes,
  messageContains: row.message_contains,
  textContains: row.text_contains,
  keys: row.keys,
  columns: row.column_values,
  createdAfter: isoOrNull(row.created_after),
  createdBefore: isoOrNull(row.created_before),
  endedAfter: isoOrNull(row.ended_after),
  endedBefore: isoOrNull(row.ended_before),
  perSecond: row.per_second,
  mostWaiting: row.most_waiting,
  paused: row.paused,
  total: row.total === null ? null : Number(row.total),
  requeued: Number(row.requeued),
  canceled: Number(row.canceled),
  skipped: Number(row.skipped),
  refused: Number(row.refused),
  waitsFor: row.status === 'processing' ? row.waits_for : null,
  error: row.status === 'failed' ? { code: row.error_code, message: row.error_message } : null,
  createdBy: row.created_by,
  ...jobTimes(row),
});

export const sampleView = (row: SampleRow): z.infer<typeof sampleSchema> => ({
  id: row.id,
  status: row.status,
  label: row.label,
  key: row.key,
  attempt: row.attempt,
  error: row.error_code === null ? null : { code: row.error_code, message: row.error_message },
  endedAt: iso(row.ended_at),
});

export const outcomeView = (row: OutcomeRow): z.infer<typeof outcomeSchema> => ({
  jobId: row.job_id,
  outcome: row.outcome,
  reason: row.reason,
  at: iso(row.at),
  attemptBefore: row.attempt_before,
  attemptNow: row.attempt_now,
  statusNow: row.status_now,
  errorCodeNow: row.error_code_now,
});
