import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, isoOrNull } from '../platform/database-types.ts';
import { systems } from '../sql/overview.ts';
import { openPauses } from '../sql/status.ts';
import { type PauseRow, pauseOf } from './around-queues.ts';
import type { Definitions } from './queue-view.ts';
import type { SystemView } from './views.ts';

interface SystemRow {
  system: string;
  last_success_at: DatabaseTime | null;
  failures: number;
  probe_at: DatabaseTime | null;
  probes: number | null;
}

/** The outside systems that jobs need, with the breaker of each: its pause, and when it tries the system next. */
export async function readSystems(pool: Pool, definitions: Definitions): Promise<SystemView[]> {
  const needs = [...definitions].flatMap(([queue, { needs }]) => needs.map((system) => ({ system, queue })));
  const [{ rows }, pauses] = await Promise.all([
    pool.query<SystemRow>(systems, [needs.map(({ system }) => system)]),
    pool.query<PauseRow>(openPauses),
  ]);
  return rows.map((row) => {
    const pause = pauses.rows.find(({ scope, system }) => scope === 'system' && system === row.system);
    return {
      system: row.system,
      neededBy: needs.filter(({ system }) => system === row.system).map(({ queue }) => queue),
      lastSuccessAt: isoOrNull(row.last_success_at),
      failures: row.failures,
      pause: pause === undefined ? null : pauseOf(pause),
      probeAt: isoOrNull(row.probe_at),
      failedProbes: row.probes ?? 0,
    };
  });
}
