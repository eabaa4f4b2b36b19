import type { PoolClient } from '../../src/platform/database.ts';
import { watchedQueue } from '../../src/queues/watched.ts';
import type { Job, Load, Places, Remains } from '../load.ts';
import type { Problem } from '../problem.ts';
import {
  type Application,
  goApplication,
  startApplication,
  typescriptApplication,
  workersOf,
} from '../watched/application.ts';
import { startForeign, watchedDisturbances } from '../watched/disturbances.ts';
import { readHistories } from '../watched/histories.ts';
import { judgeWatched, type SignalRow, type SourceRow } from '../watched/judge.ts';

/** Orders of an application that knows nothing of Switchyard: rows of its own table, and its own workflow in its own worker. */
function orders(name: string, workflow: string, application: Application, weight: number): Load {
  const source = `public.${name.replace('-', '_')}`;
  const taskQueue = `chaos-${name}`;
  const queue = watchedQueue(
    {
      name,
      id_type: 'bigint',
      workflow,
      task_queue: taskQueue,
      input_is_args: false,
      execution_timeout_ms: null,
      run_timeout_ms: null,
      max_in_flight: null,
      max_per_key: null,
      fair: true,
      source: null,
      source_id: null,
      mirror: null,
    },
    { claimBatch: 10 },
  );
  return {
    queue,
    weight,
    variants: {
      plain: { weight: 35 },
      'paid later': { weight: 10 },
      delayed: { weight: 5 },
      signals: { weight: 20 },
      continuing: { weight: 20 },
      declined: { weight: 5, fails: 'Declined' },
      'taken id': { weight: 5 },
    },
    faultCodes: [],
    disturbances: watchedDisturbances(queue, source),
    missing: () => application.missing(),
    workers: workersOf(taskQueue),

    async define(pool) {
      await pool.query(`
        CREATE TABLE ${source} (
          id bigint PRIMARY KEY, variant text NOT NULL, state text NOT NULL, start_at timestamptz, notes integer NOT NULL DEFAULT 0,
          job_status text, job_result jsonb)`);
      await pool.query(
        `SELECT switchyard.add_queue($1, $2, workflow => $3, task_queue => $4, start_when => $$NEW.state = 'paid'$$,
                run_at => 'NEW.start_at', input => $$jsonb_build_object('id', NEW.id, 'variant', NEW.variant)$$,
                mirror => '{"status": "job_status", "result": "job_result"}')`,
        [name, source, workflow, taskQueue],
      );
    },

    startWorkers: (processes, { folder, temporalPort }) =>
      startApplication(application, processes, { folder, temporalPort, taskQueue }),

    prepare: async () => ({}),

    async insert(tx, job, places) {
      if (job.variant === 'taken id') await takeId(job, places);
      const { rowCount } = await tx.query(
        `INSERT INTO ${source} (id, variant, state, start_at, notes)
         VALUES ($1, $2, $3, CASE WHEN $2 = 'delayed' THEN now() + interval '3 seconds' END, $4) ON CONFLICT (id) DO NOTHING`,
        [job.id, job.variant, job.variant === 'paid later' ? 'new' : 'paid', hears(job) ? 1 : 0],
      );
      if (rowCount === 0) return;
      if (job.variant === 'paid later')
        await tx.query(`UPDATE ${source} SET state = 'paid' WHERE id = $1`, [job.id]);
      if (hears(job)) await signalFirst(tx, job);
    },

    /** Each signal is delivered or has failed, but for those that wait with their jobs, and the application's rows show how these went. */
    async isSettled(pool) {
      const { rows } = await pool.query<{ settled: boolean }>(
        `SELECT NOT EXISTS (SELECT FROM switchyard_jobs."${name}" AS job WHERE mirror_due AND status <> 'queued')
            AND NOT EXISTS (SELECT FROM switchyard.signals AS signal JOIN switchyard_jobs."${name}" AS job ON job.id::text = signal.job_id
                             WHERE signal.queue = $1 AND signal.status = 'waiting' AND job.status <> 'queued') AS settled`,
        [name],
      );
      return rows[0]?.settled === true;
    },

    judge: (remains) => judgeOrders(remains, { name, workflow, source }),
  };
}

const hears = ({ variant }: Job): boolean => variant === 'signals' || variant === 'continuing';

/** Held until the job is started. */
const signalFirst = (tx: PoolClient, { queue, id }: Job) =>
  tx.query(`SELECT switchyard.signal($1, $2::bigint, 'note', '1')`, [queue, id]);

/** An open workflow has the id when the job comes, for a while. Nothing where Temporal is away. */
const takeId = ({ queue, id }: Job, { client }: Places): Promise<void> =>
  client
    .withDeadline(Date.now() + 3_000, () => startForeign(client, `${queue}:${id}`, 3_000))
    .catch(() => undefined);

async function judgeOrders(
  { places: { client }, pool, rows, changes }: Remains,
  { name, workflow, source }: { name: string; workflow: string; source: string },
): Promise<Problem[]> {
  const { rows: signals } = await pool.query<SignalRow>(
    `SELECT signal.request_id, signal.job_id, signal.status, signal.error, coalesce(job.status = 'queued', false) AS is_held,
            (extract(epoch FROM signal.ended_at) * 1000)::double precision AS ended_ms
       FROM switchyard.signals AS signal LEFT JOIN switchyard_jobs."${name}" AS job ON job.id::text = signal.job_id
      WHERE signal.queue = $1`,
    [name],
  );
  const { rows: sources } = await pool.query<SourceRow>(
    `SELECT id::text AS id, job_status, job_result FROM ${source}`,
  );
  const foreign = await readHistories(client, 'chaosForeign');
  return judgeWatched({
    rows,
    changes: changes.filter(({ job }) => job.startsWith(`${name} `)),
    runs: await readHistories(client, workflow),
    foreign: foreign.filter(({ workflowId }) => workflowId.startsWith(`${name}:`)),
    signals,
    sources,
  });
}

export const ordersInTypescript = orders('orders', 'chaosOrder', typescriptApplication, 15);
export const ordersInGo = orders('orders-go', 'chaosOrderGo', goApplication, 10);
