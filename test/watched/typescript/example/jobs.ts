import type pg from 'pg';
import { cancel, defineQueue, enqueue, enqueueMany, getJob, retry, signal, waitForJob } from 'pg-switchyard';
import { z } from 'zod';
import { emails, orders } from './queues.ts';
import { approved } from './workflows.ts';

export async function enqueueOthers(db: pg.Pool): Promise<string[]> {
  const inAnHour = new Date(Date.now() + 3_600_000);
  await enqueue(db, emails, { to: 'ann@example.org' }, { runAt: inAnHour, priority: -1, key: 'acme' });
  const ids = await enqueueMany(db, emails, [
    { input: { to: 'bob@example.org' }, key: 'acme' },
    { input: { to: 'eve@example.org' }, key: 'other' },
  ]);
  return ids;
}

export async function approve(db: pg.Pool, orderId: string): Promise<void> {
  await signal(db, orders, orderId, approved, 'ann');
}

export async function parcelOf(db: pg.Pool, orderId: string): Promise<string | undefined> {
  const job = await getJob(db, orders, orderId);
  if (job?.status === 'failed') console.log(job.errorCode, job.errorMessage);
  return job?.result?.parcel;
}

export async function messageIdOf(db: pg.Pool, id: string) {
  const sent = await waitForJob(db, emails, id, { timeoutMs: 10_000 });
  return sent?.result;
}

export async function again(db: pg.Pool, id: string): Promise<void> {
  await cancel(db, emails, id);
  await retry(db, emails, id, { input: { to: 'eve@example.com' } });
}

export const reports = defineQueue('reports', {
  workflow: 'MakeReport', // in Go
  taskQueue: 'reports',
  inputSchema: z.object({ month: z.iso.date() }),
  resultSchema: z.object({ pages: z.number() }),
});
