import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { recordingLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';
import { startTestWorker } from '../support/worker.ts';

test('a worker that has to tell Postgres of its start waits for it, and stops cleanly when it is told to before', async () => {
  const { log, lines } = recordingLogger();
  const worker = await startTestWorker({
    env: {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing', // no server listens there
      TASK_QUEUE: randomUUID(),
      QUEUES: 'builds,deployments',
      SHUTDOWN_GRACE_TIME: '0',
    },
    log,
  });
  await until(async () => lines.some(({ msg }) => msg === 'Postgres cannot be reached; trying again'));
  await expect(worker.stop()).resolves.toBeUndefined();
});
