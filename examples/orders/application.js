import { standardColumns, standardOrder, standardStates, systemPipeline, withDefaults } from 'pg-switchyard';

export const settings = withDefaults({
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

/** @type {import('pg-switchyard').Pipeline[]} */
export const pipelines = [
  { queues: [shipments], work: { shipments: () => import('./activities.js') } },
  systemPipeline(settings),
];

export const queues = pipelines.flatMap((pipeline) => pipeline.queues);

/** For `runProcess`: where the settings come from, and what must not be logged. */
export const source = { load: () => settings, secrets: () => [] };
