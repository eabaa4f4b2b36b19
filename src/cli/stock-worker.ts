import { mkdir, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../platform/environment.ts';
import { modulePath } from '../platform/module-path.ts';
import type { ProcessContext } from '../platform/process.ts';
import type { WorkflowSources } from '../worker/bundle.ts';
import { runWorker } from '../worker/run.ts';
import { systemPipeline } from '../worker/system-pipeline.ts';

/** The worker of an engine without an application: webhooks, redrives, and retention of what is the engine's. */
export async function runStockWorker(context: ProcessContext): Promise<void> {
  const system = systemPipeline(context.settings);
  const { queues } = system;
  await runWorker(context, {
    queues,
    served: queues,
    pipelines: [system],
    workflows: await engineWorkflows(),
  });
}

const require = createRequire(import.meta.url);

/** Another version of the SDK makes another bundle. */
const sdk = ['@temporalio/workflow', '@temporalio/worker'].map((name) => `${name}/package.json`);

async function engineWorkflows(): Promise<WorkflowSources> {
  return {
    entry: modulePath('../workflows/engine', import.meta.url),
    sources: sdk.map((path) => require.resolve(path)),
    cache: await cacheFolder(),
  };
}

/** The user's own, as others could put code into one that is shared. */
async function cacheFolder(): Promise<string> {
  const folder = join(environment()['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pg-switchyard');
  return mkdir(folder, { recursive: true, mode: 0o700 }).then(
    () => folder,
    () => mkdtemp(join(tmpdir(), 'pg-switchyard-')),
  );
}
