/** The starter, and the ways to start a job. It loads Temporal's client, not its native core. */
export { identify } from '../identity/watch.ts';
export { openRolePool } from '../platform/role-pool.ts';
export { createTemporalClient, loadTemporalConfig, type TemporalConfig } from '../platform/temporal.ts';
export { searchAttributeNames } from '../queues/search-attributes.ts';
export { verifyQueue } from '../verify/queues.ts';
export { claimOne } from './claim-one.ts';
export { runStarter } from './run.ts';
