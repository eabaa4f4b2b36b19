import { fileURLToPath } from 'node:url';
import { standardColumns, standardOrder, standardStates, systemPipeline, withDefaults } from 'pg-switchyard';

const settings = withDefaults({
  databaseUrl: process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/shop',
  taskQueue: 'orders',
});

/** @type {import('pg-switchyard').QueueDefinition} */
const shipments = {
  name: 'shipments',
  table: 'shop.shipments',
  columns: { ...standardColumns, label: 'order_number' },
  resultColumns: ['parcel'],
  states: standardStates,
  order: standardOrder,
  claimIndex: 'shipments_claim_idx',
  idType: 'uuid',
  batch: settings.claimBatch,
  maxInFlight: 100,
  fair: false,
  needs: [],
  maxWaitMs: 0,
  workflowType: 'shipOrder',
  taskQueue: settings.taskQueue,
  deadlineMs: 60 * 60 * 1000,
  lostWorkflow: 'fail',
};

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {import('pg-switchyard').Pipeline[]} */
const pipelines = [
  { queues: [shipments], work: { shipments: () => import('./activities.js') } },
  systemPipeline(settings),
];

/** What `switchyard start … --app application.js` runs. */
export default {
  settings,
  pipelines,
  workflows: {
    entry: path('workflows.js'),
    sources: [path('workflows.js')],
    cache: path('node_modules/.cache/switchyard'),
  },
};
