import { randomUUID } from 'node:crypto';
import type { PoolClient } from '../platform/database.ts';
import { isUniqueViolation, subjectOf } from '../platform/database-errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { JobStatements } from '../sql/job.ts';
import { NotMarked } from '../sql/refusal-reasons.ts';

/** What became of a row that was to be marked as in flight. */
export type MarkAnswer =
  | { kind: 'marked'; attempt: number; signaled: boolean }
  /** The table's own triggers ended it, or moved it to a state that the queue does not know. */
  | { kind: 'moved' }
  /** A unique index has room for one row of its key in flight, and another one is there. */
  | { kind: 'kept out' }
  /** The table does not let it go in flight. Nothing of it was changed. */
  | { kind: 'refused'; error: unknown };

export interface MarkOptions {
  queue: QueueDefinition;
  statements: JobStatements;
  startedBy: string;
}

export interface Run {
  id: string;
  runId: string;
}

/**
 * Marks rows as in flight, all of them together; where one is refused, each by itself, so that the others go on.
 * @throws what is wrong with the database or the table rather than with a row: then none is marked
 */
export async function markStarted(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
): Promise<Map<string, MarkAnswer>> {
  const answers = await markEach(tx, options, runs);
  const errors = [...answers.values()].map((answer) => answer.kind === 'refused' && answer.error);
  if (errors.length > 1 && errors.every(isOfStatement)) throw errors[0];
  return answers;
}

/**
 * Marks one row, in a transaction that has nothing else to keep. Deferred constraints speak at its COMMIT.
 * @throws what refuses the row, which {@link answerTo} makes the answer of: the transaction is undone then
 */
export async function markAlone(
  tx: PoolClient,
  options: MarkOptions,
  { id, runId }: Run,
): Promise<MarkAnswer> {
  const { queue, statements, startedBy } = options;
  await tx.query(statements.markStarted, [[id], [runId], startedBy, queue.deadlineMs]);
  const answer = (await readMarked(tx, statements, [id], [runId])).get(id);
  if (answer === undefined || answer.kind === 'refused') throw answer?.error ?? new NotMarked();
  return answer;
}

/** What an error says that a row was refused by; `undefined`: it is about something else. */
export function answerTo(error: unknown, queue: QueueDefinition): MarkAnswer | undefined {
  if (!isOfRows(error) && !(error instanceof NotMarked)) return undefined;
  const keptOut = queue.key?.maxInFlight === 1 && isUniqueViolation(error);
  return keptOut ? { kind: 'kept out' } : { kind: 'refused', error };
}

/** Marks rows and takes it back. Answers those that are refused, each with what refuses it. */
export async function probeMarks(
  tx: PoolClient,
  options: MarkOptions,
  ids: readonly string[],
): Promise<Map<string, MarkAnswer>> {
  if (ids.length === 0) return new Map();
  const runs = ids.map((id) => ({ id, runId: randomUUID() }));
  await tx.query('SAVEPOINT probing');
  const answers = await markEach(tx, options, runs);
  await tx.query('ROLLBACK TO SAVEPOINT probing');
  return new Map([...answers].filter(([, answer]) => isRefused(answer)));
}

async function markEach(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
): Promise<Map<string, MarkAnswer>> {
  if (runs.length === 0) return new Map();
  await tx.query('SAVEPOINT marking');
  const together = await mark(tx, options, runs);
  if (runs.length === 1 || ![...together.values()].some(isRefused)) return together;
  const answers = new Map<string, MarkAnswer>();
  for (const run of runs) {
    const alone = await mark(tx, options, [run]);
    for (const [id, answer] of alone) answers.set(id, answer);
    if (![...alone.values()].some(isRefused)) await tx.query('RELEASE SAVEPOINT marking; SAVEPOINT marking');
  }
  return answers;
}

const isRefused = ({ kind }: MarkAnswer): boolean => kind === 'refused' || kind === 'kept out';

/**
 * Marks all, or none and says why, behind the savepoint. Deferred constraints speak here, and not at COMMIT, where they would
 * undo the whole claim.
 */
async function mark(
  tx: PoolClient,
  options: MarkOptions,
  runs: readonly Run[],
): Promise<Map<string, MarkAnswer>> {
  const { queue, statements, startedBy } = options;
  const ids = runs.map(({ id }) => id);
  const runIds = runs.map(({ runId }) => runId);
  let answers: Map<string, MarkAnswer>;
  try {
    await tx.query(statements.markStarted, [ids, runIds, startedBy, queue.deadlineMs]);
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE');
    answers = await readMarked(tx, statements, ids, runIds);
  } catch (error) {
    const answer = answerTo(error, queue);
    if (answer === undefined) throw error;
    answers = new Map(ids.map((id) => [id, answer]));
  }
  if ([...answers.values()].some(isRefused)) await tx.query('ROLLBACK TO SAVEPOINT marking');
  return answers;
}

interface MarkedRow {
  id: string;
  attempt: number;
  kind: 'marked' | 'moved' | 'refused';
  signaled: boolean;
}

async function readMarked(
  tx: PoolClient,
  statements: JobStatements,
  ids: readonly string[],
  runIds: readonly string[],
): Promise<Map<string, MarkAnswer>> {
  const { rows } = await tx.query<MarkedRow>(statements.readMarked, [ids, runIds]);
  const seen = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    ids.map((id): [string, MarkAnswer] => {
      const row = seen.get(id);
      if (row?.kind === 'marked')
        return [id, { kind: 'marked', attempt: row.attempt, signaled: row.signaled }];
      return [id, row?.kind === 'moved' ? { kind: 'moved' } : { kind: 'refused', error: new NotMarked() }];
    }),
  );
}

/** A missing right, table or column: it may be of one row that a trigger or policy refuses, or of the whole table. */
const isOfStatement = (error: unknown): boolean => subjectOf(error) === 'statement';

const isOfRows = (error: unknown): boolean => isOfStatement(error) || subjectOf(error) === 'row';
