/**
 * Loaded before a process's own code (`node --import`): puts itself between the process and the libraries that reach
 * Postgres, Temporal, the disk and the gateway, counts each call, and ends the process at the one it was told.
 * The process's own code knows nothing of it. Reads of files are left out: they leave no trace to find again.
 */
import { environment } from '../../src/platform/environment.ts';
import { crashEnv, Interactions } from './death.ts';
import { watchFiles } from './watch-files.ts';
import { watchGateway } from './watch-gateway.ts';
import { watchPostgres } from './watch-postgres.ts';
import { watchTemporalClient, watchTemporalCore } from './watch-temporal.ts';

const interactions = Interactions.fromEnvironment();
watchPostgres(interactions);
watchTemporalClient(interactions);
if (environment()[crashEnv.role] === 'worker') {
  watchTemporalCore(interactions);
  await watchFiles(interactions);
  watchGateway(interactions);
}
