import type { QueueDefinition } from '../../src/queues/definition.ts';
import { standardColumns, standardOrder, standardStates } from '../../src/queues/standard.ts';
import { watchedQueue } from '../../src/queues/watched.ts';

/** A queue with nothing that it could do without. */
export const letters: QueueDefinition = {
  name: 'letters',
  table: 'public.letters',
  columns: { ...standardColumns, label: 'subject' },
  resultColumns: [],
  states: standardStates,
  order: standardOrder,
  claimIndex: 'letters_claim_idx',
  idType: 'uuid',
  batch: 10,
  maxInFlight: null,
  fair: false,
  needs: [],
  maxWaitMs: 0,
  workflowType: 'sendLetter',
  taskQueue: 'test',
  deadlineMs: 60_000,
  lostWorkflow: 'fail',
};

/** A queue with everything that changes a statement, over a table with words of its own. */
export const visits: QueueDefinition = {
  ...letters,
  name: 'visits',
  table: 'public.Visits',
  columns: {
    ...standardColumns,
    label: 'Room "A"',
    completedAt: 'ended_at',
    failedAt: 'ended_at',
    canceledAt: 'ended_at',
  },
  resultColumns: ['notes', 'fee'],
  progressColumns: ['stage', 'notes'],
  states: { ...standardStates, waiting: "isn't called", inFlight: 'with the doctor' },
  parking: { state: 'asking', question: 'question', answer: 'answer', answerBy: 'answer_by', holdsKey: true },
  order: [
    { column: 'priority', direction: 'ASC' },
    { column: 'came_at', direction: 'DESC' },
    { column: 'id', direction: 'ASC' },
  ],
  claimIndex: 'visits_claim_idx',
  key: { column: 'patient', claimIndex: 'visits_by_patient_idx', shareColumn: 'doctor', maxInFlight: 1 },
  idType: 'bigint',
  maxInFlight: 5,
  fair: true,
  needs: ['x-ray', 'laboratory'],
  after: { ...letters, maxInFlight: 3 },
  adopts: { leaseColumn: 'locked_at', timeoutMs: 90_000 },
  keeps: {
    namedIn: { table: 'public.referrals', column: 'visit' },
    newest: { per: 'patient', of: 'doctor', count: 3 },
  },
};

const watchedFields = {
  id_type: 'uuid',
  workflow: 'ProcessOrder',
  task_queue: 'orders-go',
  input_is_args: false,
  execution_timeout_ms: null,
  run_timeout_ms: null,
  max_in_flight: null,
  max_per_key: null,
  fair: true,
  source: null,
  source_id: null,
  mirror: null,
} as const;

/** A watched queue with nothing that it could do without. */
export const orders = watchedQueue({ ...watchedFields, name: 'orders' }, { claimBatch: 10 });

/** A watched queue with everything that changes a statement. */
export const tickets = watchedQueue(
  {
    ...watchedFields,
    name: 'Tickets',
    id_type: 'bigint',
    input_is_args: true,
    execution_timeout_ms: 60_000,
    max_in_flight: 5,
    max_per_key: 1,
    source: 'public."Tickets"',
    source_id: 'Number',
    mirror: { status: 'Job status' },
  },
  { claimBatch: 10 },
);

const lifecycle = `
  status text NOT NULL, run_id text, attempt integer NOT NULL DEFAULT 0, started_by text, deadline timestamptz,
  started_at timestamptz, priority integer NOT NULL DEFAULT 0, request_id text, error_code text, error_message text,
  run_at timestamptz, cancel_requested_at timestamptz`;

/** Makes the tables of both queues. */
export const createTables = `
  CREATE TABLE letters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), subject text, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, ${lifecycle});
  CREATE TABLE "Visits" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Room ""A""" text, patient text, doctor integer,
    came_at timestamptz NOT NULL DEFAULT clock_timestamp(), ended_at timestamptz, locked_at timestamptz,
    question jsonb, answer jsonb, answer_by timestamptz, notes text, fee numeric, stage text, ${lifecycle});
  CREATE TABLE referrals (visit bigint);
  CREATE TABLE "Tickets" ("Number" bigint PRIMARY KEY, "Job status" text);
  SELECT switchyard.create_job_table('orders', 'uuid', false), switchyard.create_job_table('Tickets', 'bigint', true);`;
