/** What the API answers, as the package describes it. */
export type {
  AuditEntry,
  BurnRate,
  DeliveryView,
  FailureGroup,
  Finding,
  InboxItem,
  JobDetail,
  JobEvent,
  JobSummary,
  KeyView,
  Limits,
  MinuteView,
  Objectives,
  Pause,
  QueueView,
  SignalView,
  SubscriptionView,
  SystemView,
  TokenView,
  WaitReason,
  WorkflowStep,
  WorkflowSteps,
} from '../../../src/operations/views.ts';

import type { JobSummary } from '../../../src/operations/views.ts';

export type JobStatus = JobSummary['status'];

/** Jobs of a queue that are queued again, or canceled, at a pace. */
export interface Redrive {
  id: string;
  status: string;
  queue: string;
  action?: 'retry' | 'cancel';
  reason: string;
  states: string[];
  errorCodes: string[] | null;
  messageContains: string | null;
  keys: string[] | null;
  endedAfter: string | null;
  endedBefore: string | null;
  perSecond: number;
  mostWaiting: number | null;
  paused: boolean;
  /** Null: not counted yet. */
  total: number | null;
  requeued: number;
  canceled: number;
  skipped: number;
  refused: number;
  waitsFor: string | null;
  error: { code: string | null; message: string | null } | null;
  createdBy: string;
  createdAt: string | null;
  startedAt: string | null;
  completedAt: string | null;
}
