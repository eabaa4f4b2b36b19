import { tokenCommand } from 'pg-switchyard/admin';
import { runDatabaseCommand } from './process.ts';

await runDatabaseCommand('token', tokenCommand('npm run token --'));
