import { identityCommand } from 'pg-switchyard/admin';
import { runDatabaseCommand } from './process.ts';
import { defineQueues } from './queues.ts';

await runDatabaseCommand('identity', (pool, args, { settings }) =>
  identityCommand('npm run identity --', defineQueues(settings))(pool, args),
);
