/** The engine's own workflows alone: the bundle of a worker without an application. */
export { housekeep, reconcile } from './reconcile.ts';
export { redriveJobs } from './redrives.ts';
export { deliverWebhook } from './webhooks.ts';
