// A worker of the application, as a process of its own. TEMPORAL_ADDRESS and TASK_QUEUE say where.
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { environment } from '../../src/platform/environment.ts';
import * as activities from './activities.ts';

const { TEMPORAL_ADDRESS: address = '', TASK_QUEUE: taskQueue = '' } = environment();
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities,
});
await worker.run();
await connection.close();
