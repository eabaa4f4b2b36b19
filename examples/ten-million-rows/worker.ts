// A Temporal worker as any other. Its mail provider is down while there is a file `provider-is-down`.
import { existsSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';

async function send(): Promise<void> {
  if (existsSync('provider-is-down')) throw ApplicationFailure.nonRetryable('no answer', 'PROVIDER_DOWN');
}

const connection = await NativeConnection.connect({
  address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
});
const workflowsPath = new URL('workflows.ts', import.meta.url).pathname;
const worker = await Worker.create({ connection, taskQueue: 'mails', workflowsPath, activities: { send } });
await worker.run();
await connection.close();
