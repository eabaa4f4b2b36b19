import type { PauseRow } from '../operations/around-queues.ts';
import type { PoolClient } from '../platform/database.ts';

export interface LimitsRow {
  in_flight: number | null;
  in_flight_per_key: number | null;
  starts_per_second: number | null;
  fair: boolean | null;
}

const pauseColumns = 'scope, queue, key, system, reason, paused_by, paused_at, automatic';

export interface PauseTarget {
  scope: PauseRow['scope'];
  queue: string | null;
  key: string | null;
  system: string | null;
}

/** Pauses, and answers the pause that is open then: an earlier one by hand stays as it is. */
export async function pause(
  tx: PoolClient,
  target: PauseTarget,
  reason: string,
): Promise<PauseRow | undefined> {
  const names = [target.scope, target.queue, target.key, target.system];
  await tx.query('SELECT switchyard.pause($1, $2, $3, $4, $5)', [...names, reason]);
  const { rows } = await tx.query<PauseRow>(
    `SELECT ${pauseColumns} FROM switchyard.pauses
      WHERE resumed_at IS NULL AND scope = $1 AND queue IS NOT DISTINCT FROM $2 AND key IS NOT DISTINCT FROM $3
        AND system IS NOT DISTINCT FROM $4`,
    names,
  );
  return rows[0];
}

/** Answers whether it was paused. */
export async function resume(tx: PoolClient, { scope, queue, key, system }: PauseTarget): Promise<boolean> {
  const { rows } = await tx.query<{ resumed: boolean }>(
    'SELECT switchyard.resume($1, $2, $3, $4) AS resumed',
    [scope, queue, key, system],
  );
  return rows[0]?.resumed ?? false;
}

export async function setLimits(tx: PoolClient, queue: string, limits: LimitsRow): Promise<void> {
  await tx.query(
    `INSERT INTO switchyard.limits (queue, in_flight, in_flight_per_key, starts_per_second, fair)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (queue) DO UPDATE
        SET in_flight = excluded.in_flight, in_flight_per_key = excluded.in_flight_per_key,
            starts_per_second = excluded.starts_per_second, fair = excluded.fair,
            updated_by = switchyard.actor(), updated_at = clock_timestamp()`,
    [queue, limits.in_flight, limits.in_flight_per_key, limits.starts_per_second, limits.fair],
  );
}
