import { fileURLToPath } from 'node:url';
import type { WorkflowSources } from 'pg-switchyard/worker';

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** All workflows of this server. */
export const workflowSources: WorkflowSources = {
  entry: path('server/workflows.ts'),
  sources: [path('pipelines'), path('package-lock.json')],
  cache: path('node_modules/.cache/switchyard'),
};
