import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import { atMost, type Benchmark, type Measure } from './benchmark.ts';
import { fillLargeQueue, largeQueue } from './large-queue.ts';
import { startProductRole } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres, startBenchTemporal } from './servers.ts';

const queue = `/api/queues/${largeQueue}`;
const jobs = (query: string) => `${queue}/jobs?${query}`;
const redrive = (body: Record<string, unknown>) => ({
  path: '/api/redrives?preview=true',
  body: { queue: largeQueue, reason: 'bench', ...body },
});

/** What the page asks for, and what people look for; each by its name. */
const looks: Readonly<Record<string, string | { path: string; body: unknown }>> = {
  'all queues': '/api/queues',
  'the queue': queue,
  'history of the queue': `${queue}/history`,
  'first page of jobs': jobs('limit=50'),
  'oldest jobs': jobs('order=oldest'),
  'queued jobs': jobs('status=queued'),
  'delayed jobs': jobs('status=delayed'),
  'jobs in flight': jobs('status=processing'),
  'failed jobs': jobs('status=failed'),
  'complete jobs': jobs('status=complete'),
  'canceled jobs': jobs('status=canceled'),
  'failed or canceled': jobs('status=failed,canceled'),
  'by code': jobs('code=CARRIER_3'),
  'failed, by code': jobs('status=failed&code=CARRIER_3'),
  'by a code that none has': jobs('status=failed&code=NONE'),
  'by key': jobs('key=customer-7919'),
  'queued, by key': jobs('status=queued&key=customer-7900'),
  'by a text': jobs('q=carrier%207'),
  'by a text that none has': jobs('q=nowhere'),
  'by a column': `${queue}/jobs?column.attempt=1`,
  'by a column of JSON': `${queue}/jobs?${new URLSearchParams({ 'column.input': '{"weight": 7}' })}`,
  'by time': jobs(`createdBefore=${new Date(Date.now() - 100 * 86_400_000).toISOString()}`),
  'by end, failed': jobs(
    `status=failed&endedBefore=${new Date(Date.now() - 100 * 86_400_000).toISOString()}`,
  ),
  'by end': jobs(`endedBefore=${new Date(Date.now() - 100 * 86_400_000).toISOString()}`),
  'count of all': `${queue}/jobs/count`,
  'count of failed': `${queue}/jobs/count?status=failed`,
  'count of complete': `${queue}/jobs/count?status=complete`,
  'count by code': `${queue}/jobs/count?status=failed&code=CARRIER_3`,
  'count by key': `${queue}/jobs/count?key=customer-7919`,
  'count by a text': `${queue}/jobs/count?q=carrier%207`,
  failures: `${queue}/failures`,
  keys: `${queue}/keys`,
  inbox: '/api/inbox',
  'preview of all failed': redrive({}),
  'preview by code': redrive({ errorCodes: ['CARRIER_3'] }),
  'preview by a text': redrive({ messageContains: 'answered 401' }),
  'preview of a cancel': redrive({ action: 'cancel', states: ['queued', 'delayed'] }),
};

/** Milliseconds until the whole answer is there. @throws for a refusal */
async function timeLook(url: string, look: (typeof looks)[string]): Promise<number> {
  const { path, body } = typeof look === 'string' ? { path: look, body: undefined } : look;
  const began = performance.now();
  const response = await fetch(url + path, {
    ...(body === undefined
      ? {}
      : {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return performance.now() - began;
}

export const views: Benchmark = {
  name: 'views',
  about: 'how soon the API answers what people look at in a queue with a large number of jobs',
  async run(context) {
    const [databaseUrl, temporalAddress] = await Promise.all([
      startBenchPostgres(context),
      startBenchTemporal(context),
    ]);
    await migrateAll(databaseUrl, context.log, loadSettings({}));
    const pool = await openPool(context, databaseUrl, 2);
    await fillLargeQueue(context, pool, context.backlogRows);
    const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
    const api = await startProductRole(context, 'api', env);
    const measures: Measure[] = [];
    for (const [name, look] of Object.entries(looks)) {
      const values: number[] = [];
      for (let i = 0; i < context.repetitions; i += 1) values.push(await timeLook(api.url, look));
      measures.push({ name, unit: 'ms', values, goal: atMost(1_000) });
    }
    return measures;
  },
};
