import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { standardColumns, standardOrder, standardStates } from '../../src/queues/standard.ts';

/** A small queue whose jobs may wait for a person. */
export async function createErrands(pool: Pool): Promise<QueueDefinition> {
  await pool.query(`
    CREATE TABLE errands (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text NOT NULL DEFAULT 'queued', owner text,
      question jsonb, answer jsonb, answer_by timestamptz,
      error_code text, error_message text, started_by text, deadline timestamptz, run_id text,
      attempt integer NOT NULL DEFAULT 0, priority integer NOT NULL DEFAULT 0, request_id text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(), started_at timestamptz, completed_at timestamptz,
      failed_at timestamptz, canceled_at timestamptz, run_at timestamptz, cancel_requested_at timestamptz);
    CREATE INDEX errands_claim_idx ON errands (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
    CREATE INDEX errands_claim_by_key_idx ON errands (priority, (coalesce(owner, '')), created_at, id)
      WHERE status = 'queued' AND run_at IS NULL;
    SELECT switchyard.add_job_table('errands', 'errands', states => '{"parked": "asking"}');
    SELECT switchyard.add_parking('errands', 'errands', parked => 'asking')`);
  return {
    name: 'errands',
    table: 'public.errands',
    columns: { ...standardColumns, label: 'owner' },
    resultColumns: [],
    states: standardStates,
    parking: {
      state: 'asking',
      question: 'question',
      answer: 'answer',
      answerBy: 'answer_by',
      holdsKey: true,
    },
    order: standardOrder,
    claimIndex: 'errands_claim_idx',
    key: { column: 'owner', claimIndex: 'errands_claim_by_key_idx', maxInFlight: 1 },
    idType: 'bigint',
    batch: 10,
    maxInFlight: 10,
    fair: true,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'runErrand',
    taskQueue: 'test',
    deadlineMs: 60_000,
    lostWorkflow: 'fail',
  };
}

export const insertErrand = async (pool: Pool, owner: string, runId?: string): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO errands (owner, status, run_id, started_at, attempt)
     VALUES ($1, CASE WHEN $2::text IS NULL THEN 'queued' ELSE 'processing' END, $2, now(), 1) RETURNING id`,
    [owner, runId ?? null],
  );
  return rows[0]?.id ?? '';
};

export const readErrand = async (pool: Pool, id: string): Promise<Record<string, unknown>> =>
  (await pool.query<Record<string, unknown>>('SELECT * FROM errands WHERE id = $1', [id])).rows[0] ?? {};

export const question = {
  step: 'approve',
  message: 'Shall it go out?',
  schema: {
    properties: { ok: { type: 'boolean' }, tone: { type: 'string', enum: ['warm', 'dry'], maxLength: 4 } },
    required: ['ok'],
  },
  answerWithinMs: 60_000,
};
