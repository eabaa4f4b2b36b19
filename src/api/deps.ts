import type { TemporalUi } from '../operations/job-detail.ts';
import type { RunName } from '../operations/steps/read-steps.ts';
import type { WorkflowSteps } from '../operations/views.ts';
import type { LookUpPollers } from '../operations/why-around.ts';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { QueueRegistry } from '../registry/queue-registry.ts';
import type { Examine } from './doctor.ts';
import type { KnownTokens } from './known-tokens.ts';
import type { LiveOptions } from './live/routes.ts';
import type { ApiPlugin } from './plugin.ts';

/** Asks Temporal what a run did. */
type ReadSteps = (run: RunName) => Promise<WorkflowSteps>;

/** What the routes of the engine are given. */
export interface RouteDeps {
  pool: Pool;
  /** The queues as processes know them. */
  queues: QueueRegistry;
  /** Where Temporal's Web UI is; left out: not known. */
  temporalUi?: TemporalUi | undefined;
  /** Asks Temporal for the workers of task queues; left out: nobody does. */
  lookUpPollers?: LookUpPollers | undefined;
  /** Left out: the steps of workflows are not known. */
  readSteps?: ReadSteps | undefined;
}

export interface ApiDeps {
  settings: Pick<Settings, 'apiHost'>;
  /** The queues of the application; those of the registry can be looked at, limited and paused as well. */
  queues: readonly QueueDefinition[];
  plugins: readonly ApiPlugin[];
  pool: Pool;
  tokens: KnownTokens;
  /** What `GET /api/doctor` answers; left out: there is no such route. */
  examine?: Examine;
  log: Logger;
  /** Where Temporal's Web UI is; left out: not known. */
  temporalUi?: TemporalUi | undefined;
  /** Left out: the usual heartbeat and number of streams. */
  live?: LiveOptions;
  /** Asks Temporal for the workers of task queues; left out: nobody does. */
  lookUpPollers?: LookUpPollers | undefined;
  /** Left out: the steps of workflows are not known. */
  readSteps?: ReadSteps | undefined;
  /** Where the page was built to; not given: beside this code. */
  page?: string;
}
