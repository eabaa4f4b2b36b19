import { objectivesOf, removeOtherObjectives, setObjective } from '../sql/history.ts';
import type { Db } from './registered-queue.ts';
import type { Objectives } from './views.ts';

type Of = keyof Objectives;
interface ObjectiveRow {
  of: Of;
  seconds: number;
  part: number;
}

/** The longest time that makes sense to wait for: a year. */
export const mostSeconds = 365 * 24 * 60 * 60;

/** How soon the jobs of a queue are to start, and to end. */
export async function readObjectives(db: Db, queue: string): Promise<Objectives> {
  const { rows } = await db.query<ObjectiveRow>(objectivesOf, [queue]);
  const objective = (wanted: Of) => {
    const row = rows.find(({ of }) => of === wanted);
    return row === undefined ? null : { seconds: row.seconds, part: row.part };
  };
  return { waiting: objective('waiting'), total: objective('total') };
}

/** Sets both. Minutes that are made from then on count the jobs that were late by them. */
export async function setObjectives(tx: Db, queue: string, objectives: Objectives): Promise<void> {
  const wanted = (['waiting', 'total'] as const).flatMap((of) => {
    const objective = objectives[of];
    return objective === null ? [] : [{ of, ...objective }];
  });
  await tx.query(removeOtherObjectives, [queue, wanted.map(({ of }) => of)]);
  for (const { of, seconds, part } of wanted) await tx.query(setObjective, [queue, of, seconds, part]);
}
