import type { PoolClient } from '../platform/database.ts';
import { subjectOf } from '../platform/database-errors.ts';
import type { StartWatchedStatements } from '../sql/start-watched.ts';
import type { ClaimedJob, Unstartable, WatchedRow } from './claimed-job.ts';
import { mostInputBytes } from './unstartable.ts';

/** The locked jobs together with what their workflows are started with, where those are anybody's. */
export async function withWatchedRows(
  tx: PoolClient,
  statements: StartWatchedStatements,
  jobs: readonly ClaimedJob[],
): Promise<readonly ClaimedJob[]> {
  if (statements === undefined || jobs.length === 0) return jobs;
  const ids = jobs.map(({ id }) => id);
  const { rows } = await tx.query<WatchedRow & { id: string }>(statements.readWatched, [ids, mostInputBytes]);
  const byId = new Map(rows.map(({ id, ...row }) => [id, row]));
  return jobs.flatMap((job) => {
    const watched = byId.get(job.id);
    return watched === undefined ? [] : [{ ...job, watched }];
  });
}

/** Ends rows that can never be started. Answers which of them; the others a trigger of somebody's kept as they were. */
export async function failUnstartable(
  tx: PoolClient,
  statements: StartWatchedStatements,
  jobs: ReadonlyMap<string, Unstartable>,
): Promise<{ failed: ReadonlySet<string>; error?: unknown }> {
  if (statements === undefined || jobs.size === 0) return { failed: new Set() };
  const problems = [...jobs.values()];
  await tx.query('SAVEPOINT failing');
  try {
    const { rows } = await tx.query<{ id: string }>(statements.failUnstartable, [
      [...jobs.keys()],
      problems.map(({ code }) => code),
      problems.map(({ message }) => message.replaceAll('\0', '')),
    ]);
    return { failed: new Set(rows.map(({ id }) => id)) };
  } catch (error) {
    if (!['row', 'statement'].includes(subjectOf(error))) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT failing');
    return { failed: new Set(), error };
  }
}
