import { requireQueue } from '../../src/operations/registered-queue.ts';
import type { WaitReason } from '../../src/operations/views.ts';
import { whyNotRunning } from '../../src/operations/why.ts';
import type { Pool } from '../../src/platform/database.ts';

/** Why a job waits, where a worker is there for it. */
export async function whyOf(pool: Pool, queue: string, id: string, workers = 1): Promise<WaitReason[]> {
  const registered = await requireQueue(pool, queue);
  const lookUpPollers = async (names: readonly string[]) => ({
    counts: new Map(names.map((name) => [name, workers])),
  });
  const reasons = await whyNotRunning({ pool, lookUpPollers }, registered, id);
  if (reasons === undefined) throw new Error(`the queue ${queue} has no job ${id}`);
  return reasons;
}

export const codesOf = (reasons: readonly WaitReason[]) => reasons.map(({ code }) => code);

/** Has one connection look like a starter's that serves the queue. Answers what ends that. */
export async function pretendStarter(pool: Pool, queue: string): Promise<() => Promise<void>> {
  const starter = await pool.connect();
  await starter.query(`SET application_name = 'switchyard starter host-1'`);
  await pool.query(
    `INSERT INTO switchyard.doorbells (queue, signals) VALUES ($1, true) ON CONFLICT DO NOTHING`,
    [queue],
  );
  return async () => {
    await starter.query('RESET application_name');
    starter.release();
  };
}
