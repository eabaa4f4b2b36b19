import { systemErrorCode } from '../platform/errors.ts';
import { hostRoles } from '../platform/host-roles.ts';
import type { ProcessContext } from '../platform/process.ts';
import type { EngineSettings } from '../settings/engine.ts';
import { systemPipeline } from '../worker/system-pipeline.ts';
import { loadRole } from './load-role.ts';

type Context = ProcessContext<EngineSettings>;
type Run = (context: Context) => Promise<void>;

/** Starts the jobs of the registry's queues. The system's are left to those who can do them. */
const starter: Run = async (context) => {
  if (context.settings.databases !== undefined) return ofMany(context);
  const { runStarter } = await loadRole(() => import('../starter/run.ts'));
  await runStarter(context, [], { watched: context.settings.watchedQueues ?? 'all' });
};

/** Webhooks and redrives of each database wait for a worker of that database. */
const ofMany: Run = async (context) => {
  const { runDatabases } = await loadRole(() => import('../starter/databases/run.ts'));
  const { databases = [], watchedQueues } = context.settings;
  await runDatabases(context, { entries: databases, watched: watchedQueues ?? 'all' });
};

/** Works for the system's queues, and starts their jobs: where nobody can do these they wait in Postgres. */
const worker: Run = async (context) => {
  const runs = await loadRole(() => import('./stock-worker.ts'));
  await hostRoles(context, { worker: runs.runStockWorker, starter: startSystem('none') });
};

const startSystem =
  (watched: 'none' | undefined): Run =>
  async (context) => {
    const { runStarter } = await loadRole(() => import('../starter/run.ts'));
    const { queues } = systemPipeline(context.settings);
    await runStarter(context, queues, { watched: watched ?? context.settings.watchedQueues ?? 'all' });
  };

const api: Run = async (context) => {
  const { runApi } = await loadRole(() => import('../api/run.ts'));
  await runApi(context, { queues: systemPipeline(context.settings).queues, plugins: [] });
};

/** Each role alone. */
export const stockRoles: ReadonlyMap<string, Run> = new Map([
  ['starter', starter],
  ['worker', worker],
  ['api', api],
]);

/** All that jobs need, in one process: the starter, and the worker of the system's queues where that is installed. */
export async function runStock(context: Context): Promise<void> {
  if (context.settings.databases !== undefined) return ofMany(context);
  const found = await loadWorker(context);
  if (found === undefined) return starter(context);
  await hostRoles(context, { starter: startSystem(undefined), worker: found.runStockWorker });
}

async function loadWorker({ log }: Context) {
  try {
    return await import('./stock-worker.ts');
  } catch (error) {
    const missing = systemErrorCode(error)?.endsWith('MODULE_NOT_FOUND');
    log.warn(
      missing ? {} : { err: error },
      `webhooks and redrives wait for \`switchyard start worker\`: @temporalio/worker ${missing ? 'is not installed here' : 'cannot be loaded here'}`,
    );
    return undefined;
  }
}
