import { connections, eventsKept, notifyQueue, sequences } from './capacity.ts';
import type { Check, Gate } from './check.ts';
import { databaseClock, temporalClock } from './clocks.ts';
import { pauses, recentEvents, webhooks } from './control.ts';
import { databaseAnswers, databaseServer } from './database.ts';
import { pastDeadline } from './deadlines.ts';
import { doorbell } from './doorbell.ts';
import { folders } from './folders.ts';
import { identity, taskQueueOwnership } from './identity.ts';
import { claimIndexes, jobTables, jobTriggers, otherJobIndexes } from './job-tables.ts';
import { payloads } from './payloads.ts';
import { pollers } from './pollers.ts';
import { reconciler } from './reconciler.ts';
import { rights } from './rights.ts';
import { refusedStarts, workflowsGone } from './rows.ts';
import { migrations, schemaIsThere } from './schema.ts';
import {
  hiddenSessions,
  lockWaits,
  openTransactions,
  preparedTransactions,
  replicationSlots,
} from './sessions.ts';
import { settingsFit } from './settings.ts';
import { sources } from './sources.ts';
import { starters } from './starters.ts';
import { namespaceRetention, searchAttributes, temporalAnswers, temporalVersion } from './temporal.ts';
import { autovacuum, deadRows, wraparound } from './vacuum.ts';

/** What others depend on, in the order in which it is asked. */
export const gates: readonly Gate[] = [databaseAnswers, schemaIsThere, temporalAnswers];

/** All other checks. */
export const checks: readonly Check[] = [
  settingsFit,
  databaseServer,
  databaseClock,
  openTransactions,
  hiddenSessions,
  preparedTransactions,
  replicationSlots,
  lockWaits,
  connections,
  notifyQueue,
  wraparound,
  migrations,
  rights,
  identity,
  doorbell,
  pauses,
  webhooks,
  recentEvents,
  eventsKept,
  jobTables,
  claimIndexes,
  otherJobIndexes,
  jobTriggers,
  sources,
  autovacuum,
  deadRows,
  sequences,
  starters,
  pastDeadline,
  refusedStarts,
  folders,
  temporalVersion,
  temporalClock,
  namespaceRetention,
  searchAttributes,
  reconciler,
  payloads,
  taskQueueOwnership,
  pollers,
  workflowsGone,
];
