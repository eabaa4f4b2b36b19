import type { Finding } from '../views.ts';

/**
 * All codes of findings, with how bad each is. An `error` stops jobs or loses them; a `warning` slows them, or will stop them; a `notice`
 * may be meant. docs/doctor.md says of each what it means and what to do.
 */
export const severities = {
  ALL_WELL: 'ok',
  AUTOVACUUM_OFF: 'warning',
  BREAKER_OPEN: 'warning',
  BUCKET_AWAY: 'error',
  CHECK_NOT_MADE: 'notice',
  CLAIM_INDEX_UNFIT: 'error',
  CLOCKS_APART: 'warning',
  CONNECTIONS_NEAR_LIMIT: 'warning',
  DATABASE_AWAY: 'error',
  DATABASE_FULL: 'error',
  DATABASE_IS_COPY: 'error',
  DATABASE_LOGIN_REFUSED: 'error',
  DATABASE_READ_ONLY: 'error',
  DEAD_ROWS: 'warning',
  DIRECT_URL_AWAY: 'warning',
  DIRECT_URL_ELSEWHERE: 'error',
  DISK_NEARLY_FULL: 'warning',
  EVENTS_KEPT_FOR_EVER: 'notice',
  FOLDER_NOT_WRITABLE: 'error',
  IDLE_IN_TRANSACTION: 'warning',
  IDS_NEAR_END: 'warning',
  ID_TAKEN: 'warning',
  INDEX_INVALID: 'warning',
  INDEX_MISSING: 'warning',
  JOB_TABLE_GONE: 'error',
  JOB_TABLE_UNFIT: 'error',
  LOCK_WAIT: 'warning',
  MIGRATIONS_PENDING: 'error',
  NAMESPACE_MISSING: 'error',
  NOTIFY_QUEUE_FILLING: 'warning',
  NOTIFY_UNHEARD: 'warning',
  NO_POLLER: 'error',
  NO_STARTER: 'error',
  OLD_SNAPSHOT: 'warning',
  PAST_DEADLINE: 'warning',
  PAUSED: 'notice',
  PAUSED_FOR_LONG: 'warning',
  PAYLOADS_UNREADABLE: 'error',
  POOLER_WITHOUT_DIRECT_URL: 'warning',
  POSTGRES_TOO_OLD: 'error',
  PREPARED_TRANSACTION: 'warning',
  QUEUES_OFF: 'notice',
  QUEUE_NOT_SERVED: 'error',
  RECONCILER_FAILS: 'error',
  RECONCILER_LATE: 'warning',
  RECONCILER_MISSING: 'error',
  RECONCILER_PAUSED: 'warning',
  REPAIRED: 'notice',
  REPLICATION_SLOT_UNUSED: 'warning',
  RETENTION_SHORT: 'warning',
  RIGHTS_MISSING: 'error',
  ROW_REFUSED: 'warning',
  SCHEMA_MISSING: 'error',
  SCHEMA_NEWER: 'warning',
  SEARCH_ATTRIBUTES_MISSING: 'warning',
  SETTINGS_CONTRADICT: 'error',
  SIGNAL_FAILED: 'notice',
  SOURCE_CHANGED: 'error',
  SOURCE_GONE: 'error',
  START_REFUSED: 'warning',
  TASK_QUEUE_TAKEN: 'error',
  TEMPORAL_AWAY: 'error',
  TEMPORAL_REFUSES: 'error',
  TEMPORAL_TOO_OLD: 'error',
  TRIGGER_OFF: 'error',
  WEBHOOK_FAILED: 'warning',
  WORKFLOW_GONE: 'warning',
  WRAPAROUND_NEAR: 'error',
} as const satisfies Record<string, Finding['severity']>;

export type Code = keyof typeof severities;

/** A finding, with the severity of its code. `wayOut`: a command, or words. */
export const found = (code: Code, subject: string, text: string, wayOut: string | null): Finding => ({
  code,
  severity: severities[code],
  subject,
  text,
  wayOut,
});

const order: readonly Finding['severity'][] = ['error', 'warning', 'notice', 'ok'];

/** Errors first, then warnings, then notices; each by code and subject. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) =>
      order.indexOf(a.severity) - order.indexOf(b.severity) ||
      a.code.localeCompare(b.code) ||
      a.subject.localeCompare(b.subject),
  );
