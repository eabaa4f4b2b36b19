import { fileURLToPath } from 'node:url';
import {
  type Pipeline,
  type QueueDefinition,
  type Settings,
  standardColumns,
  standardOrder,
  standardStates,
  systemPipeline,
  withDefaults,
} from 'pg-switchyard';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const dayMs = 24 * 60 * 60 * 1_000;

/** A row of `post.parcels` → a parcel that is sent and collected. */
export const parcelsQueue = (settings: Settings): QueueDefinition => ({
  name: 'parcels',
  table: 'post.parcels',
  columns: { ...standardColumns, label: 'receiver' },
  resultColumns: ['grams', 'tracking_code', 'collected_by'],
  progressColumns: ['stage'],
  workflowColumns: ['collect_within_seconds'],
  states: standardStates,
  order: standardOrder,
  claimIndex: 'parcels_claim_idx',
  idType: 'uuid',
  batch: settings.claimBatch,
  maxInFlight: null,
  fair: false,
  needs: [],
  maxWaitMs: 0,
  workflowType: 'sendParcel',
  taskQueue: settings.taskQueue,
  deadlineMs: 30 * dayMs,
  lostWorkflow: 'fail',
});

/** The application for these settings: its processes run it with those of the environment, its tests with their own. */
export function createApplication(given: Partial<Settings> & Pick<Settings, 'databaseUrl'>) {
  const settings = withDefaults({ taskQueue: 'parcels', ...given });
  const pipelines: Pipeline[] = [
    {
      queues: [parcelsQueue(settings)],
      migrations: new URL('migrations/', import.meta.url),
      work: { parcels: () => import('./activities.ts') },
    },
    systemPipeline(settings),
  ];
  const workflows = {
    entry: path('workflows.ts'),
    sources: [path('workflows.ts')],
    cache: path('node_modules/.cache/switchyard'),
  };
  return { settings, pipelines, workflows };
}

/** What `switchyard … --app application.ts` runs. */
export default createApplication({
  databaseUrl: process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres',
});
