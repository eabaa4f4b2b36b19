import type { FastifyRequest } from 'fastify';
import pg from 'pg';
import type { DatabaseTime, Pool, PoolClient } from 'pg-switchyard';
import { iso, isoOrNull, Problem } from 'pg-switchyard/api';
import { planView } from './plan-view.ts';

export interface RunRow {
  id: string;
  session_id: string;
  lane: string;
  status: string;
  priority: number;
  attempt: number;
  plan: unknown;
  progress: unknown;
  question: { step: string; message: string; schema: unknown } | null;
  answer_by: DatabaseTime | null;
  result: { branch: string; base: string; commit: string } | null;
  error_code: string | null;
  error: string | null;
  created_at: DatabaseTime;
  claimed_at: DatabaseTime | null;
  heartbeat_at: DatabaseTime | null;
  canceled_at: DatabaseTime | null;
  finished_at: DatabaseTime | null;
}

/** @throws {Problem} when there is none */
export type FindRun = (request: FastifyRequest) => Promise<RunRow>;

/** Whether a worker works on it, or will without anybody's answer. */
export const isAtWork = ({ status }: RunRow): boolean => status === 'running' || status === 'queued';

/** What the API reads of a run. */
export const runColumns = `id, session_id::text, lane::text, status::text, priority, attempt, plan, progress, question, answer_by, result, error_code, error,
  created_at, claimed_at, heartbeat_at, canceled_at, finished_at`;

export const runQueries = {
  async find(db: Pool, id: string): Promise<RunRow | undefined> {
    return (await db.query<RunRow>(`SELECT ${runColumns} FROM ops.runs WHERE id = $1`, [id])).rows[0];
  },
  /** The table says what is wrong with an answer. */
  async answer(db: PoolClient, id: string, answer: object): Promise<RunRow | undefined> {
    const values = [id, JSON.stringify(answer)];
    return (
      await db.query<RunRow>(`UPDATE ops.runs SET answer = $2 WHERE id = $1 RETURNING ${runColumns}`, values)
    ).rows[0];
  },
};

export function runView(row: RunRow) {
  const waits = row.status === 'waiting_input';
  return {
    id: row.id,
    session: row.session_id,
    lane: row.lane,
    status: row.status,
    priority: row.priority,
    attempt: row.attempt,
    plan: planView(row),
    question: waits ? { ...row.question, answerBy: isoOrNull(row.answer_by) } : null,
    result: row.result && { branch: row.result.branch, base: row.result.base, commit: row.result.commit },
    error: row.error_code === null ? null : { code: row.error_code, message: row.error },
    createdAt: iso(row.created_at),
    claimedAt: isoOrNull(row.claimed_at),
    heartbeatAt: isoOrNull(row.heartbeat_at),
    canceledAt: isoOrNull(row.canceled_at),
    finishedAt: isoOrNull(row.finished_at),
  };
}

/** The table's own words against an answer, by the rule that it names. */
const refusals: Record<string, { status: number; code: string }> = {
  switchyard_answer_is_asked_for: { status: 409, code: 'NO_ANSWER_WANTED' },
  switchyard_answer_is_the_first: { status: 409, code: 'ANSWERED_ALREADY' },
  switchyard_answer_is_in_time: { status: 409, code: 'ANSWER_TOO_LATE' },
  switchyard_answer_fits: { status: 422, code: 'ANSWER_DOES_NOT_FIT' },
};

export function answerProblem(error: unknown): never {
  const refusal = error instanceof pg.DatabaseError ? refusals[error.constraint ?? ''] : undefined;
  if (refusal === undefined || !(error instanceof Error)) throw error;
  throw new Problem(refusal.status, refusal.code, error.message);
}
