// A Temporal worker as any other: nothing in it knows of Postgres or of Switchyard.
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.ts';

const connection = await NativeConnection.connect({
  address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
});
const workflowsPath = new URL('workflows.ts', import.meta.url).pathname;
const worker = await Worker.create({ connection, taskQueue: 'shop', workflowsPath, activities });
await worker.run();
await connection.close();
