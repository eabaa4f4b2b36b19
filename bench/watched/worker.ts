import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { environment } from '../../src/platform/environment.ts';

/** A stranger's worker, on the task queue that it is given. */
Runtime.install({ shutdownSignals: ['SIGTERM'] });
const { TEMPORAL_ADDRESS: address = '', BENCH_TASK_QUEUE: taskQueue = '' } = environment();
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  maxCachedWorkflows: 2_000,
});
process.stdout.write('the worker runs\n');
await worker.run();
await connection.close();
