import type { Settings as EngineSettings } from 'pg-switchyard';
import { type Settings, setting, type Values, wholeNumber } from 'pg-switchyard/settings';
import { z } from 'zod';
import type { QueueSettings } from '../lib/queue-settings.ts';

/** A word for a state of jobs, as a table that is there already has it. */
const stateWord = (name: string, fallback: string, about: string) =>
  setting(
    name,
    z
      .string()
      .regex(/^[\w-]{1,50}$/)
      .default(fallback),
    `a text of 1 to 50 letters, digits, "_", "-" (default ${fallback})`,
    about,
  );

export const captureSessionSettings = {
  dbSchema: setting(
    'DB_SCHEMA',
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/)
      .default('schedule_ingest'),
    'a name of small letters, digits, "_", at most 63 (default schedule_ingest)',
    'The schema of capture_session, schedule_version and day_schedule',
  ),
  pendingState: stateWord('PENDING_STATE', 'pending', 'The word in capture_session.state for: waits'),
  processingState: stateWord('PROCESSING_STATE', 'processing', 'The same for: runs'),
  doneState: stateWord('DONE_STATE', 'done', 'The same for: ended well'),
  failedState: stateWord('FAILED_STATE', 'failed', 'The same for: failed'),
  canceledState: stateWord('CANCELED_STATE', 'canceled', 'The same for: ended because somebody asked for it'),
  leaseTimeoutSeconds: wholeNumber(
    'LEASE_TIMEOUT_SECONDS',
    300,
    1,
    86_400,
    'seconds',
    'How old locked_at of a row that an older, non-Temporal worker left may grow before the row is taken over',
  ),
  simulatedWorkSeconds: wholeNumber(
    'SIMULATED_WORK_SECONDS',
    0,
    0,
    3_600,
    'seconds',
    'How much longer the finalization of a session is made to take, for tests',
  ),
} satisfies Settings;

export type CaptureSessionSettings = EngineSettings & QueueSettings & Values<typeof captureSessionSettings>;
