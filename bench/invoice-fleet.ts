import { openAsBlob } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrateAll } from '../server/migrations.ts';
import { loadSettings } from '../server/settings.ts';
import type { Pool } from '../src/platform/database.ts';
import type { BenchContext } from './context.ts';
import { typicalInvoices, writeLargeInvoice } from './pdfs.ts';
import { type RunningProcess, startProductRole } from './processes.ts';
import { openPool, shippedEnvironment, startBenchPostgres, startBenchTemporal } from './servers.ts';

const lookEveryMs = 10;

/** All four roles in processes of their own, and PDFs for them. */
export interface InvoiceFleet {
  pool: Pool;
  worker: RunningProcess;
  typical: string[];
  large: string;
  /** Uploads a file through the API. Answers its job's id. */
  upload(file: string): Promise<string>;
  /** Waits until the job is complete. @throws when it ends otherwise */
  completed(id: string): Promise<CompletedJob>;
}

interface CompletedJob {
  /** From the INSERT until the row was marked as started. */
  startedAfterMs: number;
}

export async function startInvoiceFleet(context: BenchContext): Promise<InvoiceFleet> {
  const large = join(context.folder, 'large.pdf');
  await writeLargeInvoice(large);
  const [databaseUrl, temporalAddress] = await Promise.all([
    startBenchPostgres(context),
    startBenchTemporal(context),
  ]);
  await migrateAll(databaseUrl, context.log, loadSettings({}));
  const pool = await openPool(context, databaseUrl, 2);
  const shipped = await shippedEnvironment(context, { databaseUrl, temporalAddress });
  const gateway = await startProductRole(context, 'gateway', shipped);
  const env = { ...shipped, GATEWAY_URL: gateway.url };
  const [worker, api] = await Promise.all([
    startProductRole(context, 'worker', env),
    startProductRole(context, 'api', env),
    startProductRole(context, 'starter', env),
  ]);
  return {
    pool,
    worker,
    typical: await typicalInvoices(),
    large,
    upload: (file) => upload(api.url, file),
    completed: (id) => completed(pool, id),
  };
}

async function upload(apiUrl: string, file: string): Promise<string> {
  const form = new FormData();
  form.append('file', await openAsBlob(file, { type: 'application/pdf' }), basename(file));
  const response = await fetch(`${apiUrl}/api/upload`, { method: 'POST', body: form });
  const body = (await response.json()) as { id?: string; detail?: string };
  if (response.status !== 202 || body.id === undefined) {
    throw new Error(`the API answered ${response.status} to ${basename(file)}: ${body.detail}`);
  }
  return body.id;
}

async function completed(pool: Pool, id: string): Promise<CompletedJob> {
  while (true) {
    const { rows } = await pool.query<{ status: string; started_after_ms: number; problem: string | null }>(
      `SELECT status::text, extract(epoch FROM started_at - created_at)::double precision * 1000 AS started_after_ms,
              original_name || ': ' || error_code || ' ' || error_message AS problem
         FROM jobs WHERE id = $1`,
      [id],
    );
    const row = rows[0];
    if (row === undefined) throw new Error(`job ${id} is gone`);
    if (row.status === 'complete') return { startedAfterMs: row.started_after_ms };
    if (row.status !== 'queued' && row.status !== 'processing') {
      throw new Error(`job ${id} ended as ${row.status}: ${row.problem}`);
    }
    await pause(lookEveryMs);
  }
}
