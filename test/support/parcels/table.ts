import { randomInt } from 'node:crypto';
import type { Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { standardColumns, standardOrder, standardStates } from '../../../src/queues/standard.ts';

/** All tests share one namespace: a workflow id that another test has used would meet that test's workflow. */
const firstId = () => randomInt(1, 2 ** 47);

/** A neutral table of jobs of several steps, which may wait for a person. */
export async function createParcels(pool: Pool, taskQueue: string): Promise<QueueDefinition> {
  await pool.query(`
    CREATE TABLE parcels (
      id bigint GENERATED ALWAYS AS IDENTITY (START WITH ${firstId()}) PRIMARY KEY, status text NOT NULL DEFAULT 'queued', receiver text,
      secret text, answer_within_ms integer, stage text, grams integer CHECK (grams >= 0), code text,
      question jsonb, answer jsonb, answer_by timestamptz,
      error_code text, error_message text, started_by text, deadline timestamptz, run_id text,
      attempt integer NOT NULL DEFAULT 0, priority integer NOT NULL DEFAULT 0, request_id text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(), started_at timestamptz, completed_at timestamptz,
      failed_at timestamptz, canceled_at timestamptz, run_at timestamptz, cancel_requested_at timestamptz);
    CREATE INDEX parcels_claim_idx ON parcels (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
    CREATE INDEX parcels_delayed_idx ON parcels (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
    CREATE INDEX parcels_in_flight_idx ON parcels (started_at, id) WHERE status = 'processing';
    SELECT switchyard.add_job_table('parcels', 'parcels', states => '{"parked": "asking"}');
    SELECT switchyard.add_parking('parcels', 'parcels', parked => 'asking')`);
  return parcelsQueue(taskQueue);
}

export function parcelsQueue(taskQueue: string): QueueDefinition {
  return {
    name: 'parcels',
    table: 'public.parcels',
    columns: { ...standardColumns, label: 'receiver' },
    resultColumns: ['grams', 'code'],
    progressColumns: ['stage'],
    workflowColumns: ['answer_within_ms'],
    states: standardStates,
    parking: {
      state: 'asking',
      question: 'question',
      answer: 'answer',
      answerBy: 'answer_by',
      holdsKey: false,
    },
    order: standardOrder,
    claimIndex: 'parcels_claim_idx',
    idType: 'bigint',
    batch: 10,
    maxInFlight: 10,
    fair: false,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'sendParcel',
    taskQueue,
    workTaskQueue: `${taskQueue}-parcels`,
    deadlineMs: 600_000,
    lostWorkflow: 'fail',
  };
}

export interface ParcelRow extends Record<string, unknown> {
  status: string;
  run_id: string | null;
  attempt: number;
}

export async function insertParcel(pool: Pool, fields: Record<string, unknown> = {}): Promise<string> {
  const row: Record<string, unknown> = { receiver: 'Ada', secret: 'the moon is cheese', ...fields };
  const columns = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO parcels (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  return rows[0]?.id ?? '';
}

export async function readParcel(pool: Pool, id: string): Promise<ParcelRow> {
  const { rows } = await pool.query<ParcelRow>('SELECT * FROM parcels WHERE id = $1', [id]);
  const [row] = rows;
  if (row === undefined) throw new Error(`parcel ${id} is gone`);
  return row;
}

/** What became of the row, move by move, as its history has it. */
export async function movesOf(pool: Pool, id: string): Promise<string[]> {
  const { rows } = await pool.query<{ move: string }>(
    `SELECT coalesce(from_status, 'none') || ' → ' || to_status AS move FROM switchyard.job_events
      WHERE queue = 'parcels' AND job_id = $1 ORDER BY id`,
    [id],
  );
  return rows.map(({ move }) => move);
}
