import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import pg from 'pg';
import { JobError, type PoolClient, sentenceOf, subjectOf } from 'pg-switchyard';
import { rethrowDatabaseError } from 'pg-switchyard/worker';
import { CaptureSessionErrorCode } from './error-codes.ts';

/** The schedule of one day, as one session captured it. */
export interface Schedule {
  /** ISO date. */
  date: string;
  version: number;
  payload: unknown;
}

/** A schedule that may be stored, with the hash of its payload. */
export interface CheckedSchedule extends Schedule {
  /** The payload as canonical JSON. */
  json: string;
  hash: string;
}

/** What every session captures, until a real capture takes its place. */
export const stubSchedule: Schedule = { date: '2000-01-01', version: 1, payload: { stub: true } };

const mostVersions = 2_147_483_647;

/**
 * Checks a schedule and hashes its payload: SHA-256 of its canonical JSON, whatever the order of its keys.
 * https://www.rfc-editor.org/rfc/rfc8785
 * @throws {JobError} BAD_SCHEDULE that says what is wrong
 */
export function checkSchedule(schedule: Schedule): CheckedSchedule {
  const { version, payload } = schedule;
  if (!Number.isInteger(version) || version < 1 || version > mostVersions)
    throw badSchedule(`its version is ${version}, and must be a whole number from 1 to ${mostVersions}`);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw badSchedule('its payload is no JSON object');
  const json = canonicalJson(payload);
  return { ...schedule, json, hash: createHash('sha256').update(json).digest('hex') };
}

function canonicalJson(payload: object): string {
  try {
    return canonicalize(payload) ?? '';
  } catch (error) {
    throw badSchedule(`its payload is no JSON: ${(error as Error).message}`, error);
  }
}

/**
 * Stores the schedule of a session unless it has one. To be called in a transaction that holds the session's row locked, so that
 * there is one for ever.
 * @throws {JobError} BAD_SCHEDULE when the database refuses its values
 */
export async function storeSchedule(
  tx: PoolClient,
  table: string,
  sessionId: string,
  schedule: CheckedSchedule,
): Promise<void> {
  try {
    await tx.query(insertOnce(table), [
      sessionId,
      schedule.date,
      schedule.version,
      schedule.json,
      schedule.hash,
    ]);
  } catch (error) {
    if (error instanceof pg.DatabaseError && subjectOf(error) === 'row')
      throw badSchedule(`the database refuses it: ${sentenceOf(error)}`, error);
    rethrowDatabaseError(error);
  }
}

/** $1 session, $2 date, $3 version, $4 payload, $5 its hash. */
const insertOnce = (table: string) => `
  INSERT INTO ${table} (session_id, schedule_date, version, payload, payload_hash)
  SELECT $1::uuid, $2::date, $3::integer, $4::jsonb, $5
   WHERE NOT EXISTS (SELECT FROM ${table} WHERE session_id = $1::uuid)`;

const badSchedule = (message: string, cause?: unknown) =>
  new JobError(CaptureSessionErrorCode.BAD_SCHEDULE, `the schedule cannot be stored: ${message}`, {
    retryable: false,
    cause,
  });
