import type { PoolClient } from '../../platform/database.ts';
import { subjectOf } from '../../platform/database-errors.ts';
import { jobStatements } from '../../sql/job.ts';
import { type RefusedJob, reasonsOf } from '../../sql/refusal-reasons.ts';
import { rowKept } from '../rows/row-end.ts';
import { rowRefused } from '../work/interruptions.ts';
import type { RedriveTarget } from './target.ts';

export type EndedJob = Pick<RefusedJob, 'id' | 'attempt'>;

/** What became of jobs that were to be set back. Those in neither were held, or moved, by somebody else. */
interface Requeued {
  taken: Set<string>;
  refused: RefusedJob[];
}

/** Sets the jobs with these ids back; answers those that it had locked, and which of them it moved. */
type Requeue = (ids: readonly string[]) => Promise<{ id: string; moved: boolean }[]>;

/**
 * Sets jobs back to `queued`, all of them together; where the table refuses one, each by itself, so that the others go on.
 * @throws what is wrong with the database or the table rather than with a row
 */
export async function requeueEach(
  tx: PoolClient,
  jobs: readonly EndedJob[],
  requeue: Requeue,
): Promise<Requeued> {
  const together = await tryRequeue(tx, jobs, requeue);
  if (!('error' in together)) return together;
  const all: Requeued = { taken: new Set(), refused: [] };
  for (const job of jobs) {
    const alone = await tryRequeue(tx, [job], requeue);
    if ('error' in alone) all.refused.push({ ...job, error: alone.error });
    else {
      for (const id of alone.taken) all.taken.add(id);
      all.refused.push(...alone.refused);
    }
  }
  const errors = all.refused.map(({ error }) => error);
  if (errors.length > 1 && errors.every(isOfStatement)) throw errors[0];
  return all;
}

/** All or none. Deferred constraints speak here, and not at COMMIT, where they would undo the whole batch. */
async function tryRequeue(
  tx: PoolClient,
  jobs: readonly EndedJob[],
  requeue: Requeue,
): Promise<Requeued | { error: unknown }> {
  await tx.query('SAVEPOINT requeuing');
  try {
    const locked = new Map((await requeue(jobs.map(({ id }) => id))).map(({ id, moved }) => [id, moved]));
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE');
    await tx.query('RELEASE SAVEPOINT requeuing');
    const kept = jobs.filter(({ id }) => locked.get(id) === false);
    return {
      taken: new Set(jobs.map(({ id }) => id).filter((id) => locked.get(id))),
      refused: kept.map((job) => ({ ...job, error: rowRefused(rowKept) })),
    };
  } catch (error) {
    if (!isOfStatement(error) && subjectOf(error) !== 'row') throw error;
    await tx.query('ROLLBACK TO SAVEPOINT requeuing');
    return { error };
  }
}

/** Why the rows were refused, by id, in words that hold none of their values. */
export const reasonsOfRefused = (tx: PoolClient, { queue }: RedriveTarget, refused: readonly RefusedJob[]) =>
  refused.length === 0 ? new Map<string, string>() : reasonsOf(tx, jobStatements(queue), refused);

/** A missing right, table or column: it may be of one row that a trigger or policy refuses, or of the whole table. */
const isOfStatement = (error: unknown): boolean => subjectOf(error) === 'statement';
