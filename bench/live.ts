import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import { inTransaction, type Pool } from '../src/platform/database.ts';
import { completeInFlight } from './backlog.ts';
import { atMost, type Benchmark } from './benchmark.ts';
import type { BenchContext } from './context.ts';
import { cpuSecondsOf, type RunningProcess, startProductRole, treeCpuSeconds } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres, startBenchTemporal } from './servers.ts';
import { pairwise, quantile, ratios } from './statistics.ts';

const streams = 50;
const windowMs = 15_000;
const jobsPerSecond = 20;

export const live: Benchmark = {
  name: 'live',
  about: `from COMMIT to ${streams} open pages, and what they cost beside ${jobsPerSecond} jobs a second`,
  async run(context) {
    const [databaseUrl, temporalAddress] = await Promise.all([
      startBenchPostgres(context),
      startBenchTemporal(context),
    ]);
    await migrateAll(databaseUrl, context.log, loadSettings({}));
    const pool = await openPool(context, databaseUrl, 4);
    const env = await shippedEnvironment(context, { databaseUrl, temporalAddress });
    const starter = await startProductRole(context, 'starter', env);
    const api = await startProductRole(context, 'api', env);
    const postgres = Number(
      (await readFile(join(context.folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0],
    );
    const load = { context, pool, starter, postgres };
    await measure(load, new Pages());
    const rounds = await context.repeat('without pages and with', async (repetition) => {
      const without = async () => measure(load, new Pages());
      const first = repetition % 2 === 0 ? await without() : undefined;
      const pages = new Pages();
      const close = await pages.open(api, streams);
      const open = await measure(load, pages);
      close();
      return { without: first ?? (await without()), open, waits: pages.waits };
    });
    const cpu = (key: 'starter' | 'postgres', with_: 'open' | 'without') =>
      rounds.map((round) => round[with_][key] * 1000);
    const both = (with_: 'open' | 'without') =>
      rounds.map((round) => (round[with_].starter + round[with_].postgres) * 1000);
    return [
      { name: 'COMMIT → page, p50', unit: 'ms', values: rounds.map(({ waits }) => quantile(waits, 0.5)) },
      {
        name: 'COMMIT → page, p95',
        unit: 'ms',
        values: rounds.map(({ waits }) => quantile(waits, 0.95)),
        goal: atMost(200),
      },
      { name: 'CPU of the starter, no page', unit: 'ms/s', values: cpu('starter', 'without') },
      { name: `CPU of the starter, ${streams} pages`, unit: 'ms/s', values: cpu('starter', 'open') },
      { name: 'CPU of Postgres, no page', unit: 'ms/s', values: cpu('postgres', 'without') },
      { name: `CPU of Postgres, ${streams} pages`, unit: 'ms/s', values: cpu('postgres', 'open') },
      {
        name: 'CPU of both, more',
        unit: 'ms/s',
        values: pairwise(both('open'), both('without'), (a, b) => a - b),
      },
      {
        name: 'CPU of both, with / without',
        unit: '',
        values: ratios(both('open'), both('without')),
        goal: atMost(1.05),
      },
    ];
  },
};

interface Load {
  context: BenchContext;
  pool: Pool;
  starter: RunningProcess;
  postgres: number;
}

/** CPU seconds a second while jobs are inserted, claimed and completed at a steady pace. */
async function measure(
  { pool, starter, postgres }: Load,
  pages: Pages,
): Promise<{ starter: number; postgres: number }> {
  const cpu = async () => ({
    starter: await cpuSecondsOf(starter.pid),
    postgres: await treeCpuSeconds(postgres),
  });
  const [before, began] = [await cpu(), performance.now()];
  for (let due = began; due < began + windowMs; due += 1000 / jobsPerSecond) {
    await pause(Math.max(0, due - performance.now()));
    pages.committed(await insertOne(pool));
    await completeInFlight(pool, 10);
  }
  const [after, seconds] = [await cpu(), (performance.now() - began) / 1000];
  return {
    starter: (after.starter - before.starter) / seconds,
    postgres: (after.postgres - before.postgres) / seconds,
  };
}

/** Answers once it is committed. */
const insertOne = (pool: Pool): Promise<string> =>
  inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO jobs (upload_path) VALUES ('none.pdf') RETURNING id`,
    );
    return rows[0]?.id ?? '';
  });

/** What is open in browsers: streams of events. */
class Pages {
  /** From the answer to COMMIT to each page, in milliseconds; 0 where the page was first. */
  readonly waits: number[] = [];
  readonly #committedAt = new Map<string, number>();
  readonly #early = new Map<string, number>();

  committed(job: string): void {
    this.#committedAt.set(job, performance.now());
    for (let i = this.#early.get(job) ?? 0; i > 0; i -= 1) this.waits.push(0);
  }

  /** Answers what closes them. */
  async open(api: RunningProcess, count: number): Promise<() => void> {
    const closing = new AbortController();
    for (let i = 0; i < count; i += 1) {
      const response = await fetch(`${api.url}/api/events`, { signal: closing.signal });
      if (!response.ok || response.body === null)
        throw new Error(`a stream was refused: ${await response.text()}`);
      this.#read(response.body).catch((error: unknown) => {
        if (!closing.signal.aborted) throw error;
      });
    }
    return () => closing.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const part of body) {
      const blocks = `${rest}${decoder.decode(part, { stream: true })}`.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const job = /"jobId":"([^"]+)".*"from":null/.exec(block)?.[1];
    if (job === undefined) return;
    const committedAt = this.#committedAt.get(job);
    if (committedAt === undefined) this.#early.set(job, (this.#early.get(job) ?? 0) + 1);
    else this.waits.push(performance.now() - committedAt);
  }
}
