import type { Settings } from '../platform/settings.ts';
import type { WorkflowSources } from './bundle.ts';
import type { Pipeline } from './pipeline.ts';

/** What starter and worker need of an application. Its routes stand apart, as their types need Fastify. */
export interface ApplicationParts {
  settings: Settings;
  /** The values that no log and no error text may show; left out: none. */
  secrets?: readonly string[];
  pipelines: readonly Pipeline[];
  /** Where the workflows are, for its workers. */
  workflows: WorkflowSources;
}
