export { deliverWebhook, housekeep, reconcile, redriveJobs } from '../../../src/workflows/index.ts';
export * from '../../../test/support/parcels/workflows.ts';
