import { quoteColumn } from '../platform/database.ts';
import { checkViolation, isDatabaseError, raisedBy, subjectOf } from '../platform/database-errors.ts';
import * as sql from '../sql/change-job.ts';
import { badJobId, noSuchJob, readJobId } from './job-id.ts';
import { jobTable } from './job-table.ts';
import { Refusal, type RefusalKind } from './refusal.ts';
import { type Db, requireQueue } from './registered-queue.ts';

/** A job that is put into a queue of `create_queue`. */
export interface NewJob {
  input?: unknown;
  /** A UUID; left out: a new one. With the id of a job that is there nothing is changed. */
  id?: string | undefined;
  key?: string | undefined;
  priority?: number | undefined;
  /** Not before this time, ISO 8601. */
  runAt?: string | undefined;
}

/** What a parked job is answered: `value`, or with `action` that whoever was asked declines. */
export interface Answer {
  /** The step that asks; left out: the one that asks now. */
  step?: string | undefined;
  value?: Readonly<Record<string, unknown>> | undefined;
  action?: 'accept' | 'decline' | 'cancel' | undefined;
}

/** Each in the transaction of `db`. They throw a {@link Refusal} for what the queue, the job or its state does not allow. */
export const changeJob = {
  /** Answers the id. */
  async enqueue(db: Db, queue: string, job: NewJob): Promise<string> {
    await requireQueue(db, queue);
    const values = [jsonOf(job.input, 'input'), job.runAt, job.key, job.priority, job.id];
    const { rows } = await ask<{ id: string }>(db, sql.enqueue, [queue, ...values]);
    return rows[0]?.id ?? '';
  },

  async cancel(db: Db, queue: string, id: string): Promise<void> {
    await requireQueue(db, queue);
    await ask(db, sql.cancel, [queue, id]);
  },

  /** With another input where one is given. */
  async retry(db: Db, queue: string, id: string, input?: unknown): Promise<void> {
    await requireQueue(db, queue);
    await ask(db, sql.retry, [queue, id, jsonOf(input, 'input')]);
  },

  /** What is left out stays. A time of null: at once. */
  async change(
    db: Db,
    queue: string,
    id: string,
    change: { priority?: number | undefined; runAt?: string | null | undefined },
  ): Promise<void> {
    await requireQueue(db, queue);
    if (change.priority !== undefined) await ask(db, sql.reprioritize, [queue, id, change.priority]);
    if (change.runAt !== undefined) await ask(db, sql.reschedule, [queue, id, change.runAt]);
    await ask(db, sql.noteAction, [queue, id, 'change', JSON.stringify(change)]);
  },

  async signal(db: Db, queue: string, id: string, name: string, args: readonly unknown[]): Promise<void> {
    await requireQueue(db, queue);
    await ask(db, sql.signal, [queue, id, name, jsonOf(args, 'args')]);
  },

  async answer(db: Db, queueName: string, id: string, given: Answer): Promise<void> {
    const queue = await requireQueue(db, queueName);
    const jobs = jobTable(queue);
    if (jobs.states.parked === '' || !jobs.has('question', 'answer')) {
      throw new Refusal('state', 'NO_ANSWER_WANTED', `jobs of the queue ${queue.name} ask nothing`);
    }
    const { columns } = jobs;
    const statement = sql.answer(jobs.table, {
      id: quoteColumn(columns.id),
      idType: jobs.typeOf('id'),
      question: quoteColumn(columns.question),
      answer: quoteColumn(columns.answer),
    });
    const known = readJobId(queue, id);
    const { rowCount } = await db
      .query(statement, [known, jsonOf(given, 'value')])
      .catch((error: unknown) => {
        throw refusedAnswer(error) ?? badJobId(queue, id, error);
      });
    if (rowCount === 0) throw noSuchJob(queue, id);
  },
};

async function ask<Row extends object>(db: Db, statement: string, values: unknown[]) {
  try {
    return await db.query<Row>(statement, values);
  } catch (error) {
    throw refused(error) ?? error;
  }
}

/** What the functions of the schema refuse, by the SQLSTATE with which they do. */
const refusals: Record<string, [RefusalKind, string]> = {
  '22P02': ['bad', 'BAD_JOB_ID'],
  '22023': ['bad', 'BAD_FIELD'],
  '42809': ['bad', 'ROWS_ARE_INSERTED'],
  P0002: ['missing', 'NO_SUCH_JOB'],
  '42704': ['missing', 'NO_SUCH_QUEUE'],
  '55000': ['state', 'WRONG_STATE'],
};

function refused(error: unknown): Refusal | undefined {
  if (!isDatabaseError(error) || raisedBy(error) !== undefined) return undefined;
  const [kind, code] = refusals[error.code ?? ''] ?? [];
  if (kind !== undefined && code !== undefined) {
    const hint = error.hint === undefined || error.hint === '' ? '' : `; ${lowerFirst(error.hint)}`;
    return new Refusal(kind, code, `${error.message}${hint}`, {}, error);
  }
  const check = checkViolation(error);
  if (check !== undefined) return new Refusal('state', 'REFUSED_BY_TABLE', check.message, {}, error);
  return subjectOf(error) === 'row'
    ? new Refusal(
        'bad',
        'BAD_FIELD',
        'a value is too large for its column, or cannot be written to it',
        {},
        error,
      )
    : undefined;
}

const lowerFirst = (text: string): string =>
  (/^[A-Z][a-z]/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text).replace(/\.$/, '');

/** The table's own words against an answer, by the rule that it names. */
const answerRules: Record<string, [RefusalKind, string]> = {
  switchyard_answer_is_asked_for: ['state', 'NO_ANSWER_WANTED'],
  switchyard_answer_is_the_first: ['state', 'ANSWERED_ALREADY'],
  switchyard_answer_is_in_time: ['state', 'ANSWER_TOO_LATE'],
  switchyard_answer_fits: ['unfit', 'ANSWER_DOES_NOT_FIT'],
};

function refusedAnswer(error: unknown): Refusal | undefined {
  const check = checkViolation(error);
  const [kind, code] = answerRules[check?.constraint ?? ''] ?? [];
  return check === undefined || kind === undefined || code === undefined
    ? undefined
    : new Refusal(kind, code, check.message, {}, error);
}

/** As text for `jsonb`; what is left out is NULL. */
function jsonOf(value: unknown, field: string): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part !== 'number' || Number.isSafeInteger(part) || !Number.isInteger(part)) return part;
    throw new Refusal(
      'bad',
      'BAD_FIELD',
      `the field "${field}" holds a whole number beyond 2^53; make it a text`,
    );
  });
  if (!text.includes('\\u0000')) return text;
  throw new Refusal('bad', 'BAD_FIELD', `the field "${field}" must be without NUL`);
}
