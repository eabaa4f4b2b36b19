import { randomInt } from 'node:crypto';
import type { Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { standardColumns, standardOrder, standardStates } from '../../../src/queues/standard.ts';

/** A table whose jobs are workflows that know nothing of it. */
export async function createPostcards(
  pool: Pool,
  taskQueue: string,
  rowTaskQueue: string,
): Promise<QueueDefinition> {
  await pool.query(`
    CREATE TABLE postcards (
      id bigint GENERATED ALWAYS AS IDENTITY (START WITH ${randomInt(1, 2 ** 47)}) PRIMARY KEY,
      status text NOT NULL DEFAULT 'queued', receiver text NOT NULL, pages integer NOT NULL, secret text, result jsonb,
      error_code text, error_message text, started_by text, deadline timestamptz, run_id text,
      attempt integer NOT NULL DEFAULT 0, priority integer NOT NULL DEFAULT 0, request_id text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(), started_at timestamptz, completed_at timestamptz,
      failed_at timestamptz, canceled_at timestamptz, run_at timestamptz, cancel_requested_at timestamptz);
    CREATE INDEX postcards_claim_idx ON postcards (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
    SELECT switchyard.add_job_table('postcards', 'postcards')`);
  return {
    name: 'postcards',
    table: 'public.postcards',
    columns: { ...standardColumns, label: 'receiver' },
    resultColumns: ['result'],
    workflowColumns: ['receiver', 'pages'],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'postcards_claim_idx',
    idType: 'bigint',
    batch: 10,
    maxInFlight: 10,
    fair: false,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'sendPostcard',
    plainWorkflow: { result: 'result' },
    taskQueue,
    rowTaskQueue,
    deadlineMs: 600_000,
    lostWorkflow: 'fail',
  };
}
