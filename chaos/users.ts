import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutDir } from '../src/dev/roles.ts';
import { isTransientDatabaseError } from '../src/platform/database.ts';
import { systemErrorCode } from '../src/platform/errors.ts';
import { sleep } from '../src/platform/shutdown.ts';
import type { Act, Pdf } from './acts.ts';
import type { Ledger } from './ledger.ts';
import type { Stack } from './stack.ts';

const againAfterMs = 300;
const answerWithinMs = 8_000;

export const examplePath = (pdf: Pdf): string => join(checkoutDir, 'examples', pdf);

/**
 * Performs acts, each at its time. Who makes a job tries again until it is acknowledged, always under the same name (an
 * `Idempotency-Key`, an id), so that afterwards exactly one job must be there; other acts are tried once.
 */
export async function performActs(
  stack: Stack,
  plan: readonly Act[],
  options: { ledger: Ledger; timeOver: AbortSignal; signal: AbortSignal },
): Promise<void> {
  const { ledger, signal } = options;
  await Promise.all(
    plan.map(async (act) => {
      await sleep(act.atMs, signal);
      switch (act.kind) {
        case 'upload':
          return upload(stack, act.pdf, ledger, signal);
        case 'insert':
          return insert(stack, act.pdfs, ledger, signal);
        default:
          if (options.timeOver.aborted) return;
          return once(() => disturbJob(stack, act, ledger));
      }
    }),
  );
}

async function upload(stack: Stack, pdf: Pdf, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const form = new FormData();
  form.append('file', await openAsBlob(examplePath(pdf), { type: 'application/pdf' }), pdf);
  const key = randomUUID();
  for (; !signal.aborted; await sleep(againAfterMs, signal)) {
    const answer = await fetch(`${stack.urls.api}/api/upload`, {
      method: 'POST',
      body: form,
      headers: { 'idempotency-key': key },
      signal: AbortSignal.timeout(answerWithinMs),
    })
      .then(async (response) => ({ status: response.status, body: await response.text() }))
      .catch(() => undefined); // killed, frozen, or on its way back: asked again
    if (answer === undefined || answer.status >= 500) continue;
    if (answer.status !== 202) ledger.refusals.push(`upload answered ${answer.status}: ${answer.body}`);
    else ledger.made.set((JSON.parse(answer.body) as { id: string }).id, pdf);
    return;
  }
}

/** One transaction of several rows. A COMMIT whose answer was lost is done again: the ids decide. */
async function insert(
  stack: Stack,
  pdfs: readonly Pdf[],
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> {
  const jobs = pdfs.map((pdf) => ({ id: randomUUID(), pdf }));
  for (; !signal.aborted; await sleep(againAfterMs, signal)) {
    const done = await once(() => insertRows(stack, jobs, 'COMMIT'));
    if (!done) continue;
    for (const { id, pdf } of jobs) ledger.made.set(id, pdf);
    return;
  }
}

async function insertRows(
  { pool, disk }: Stack,
  jobs: readonly { id: string; pdf: Pdf }[],
  end: 'COMMIT' | 'ROLLBACK',
): Promise<void> {
  for (const { id, pdf } of jobs)
    await copyFile(examplePath(pdf), join(disk.path, 'uploads', `sql-${id}.pdf`));
  const client = await pool.connect();
  const broken = (error: Error) => void error; // told by the query as well
  client.on('error', broken);
  let failed = true;
  try {
    await client.query('BEGIN');
    for (const { id, pdf } of jobs) {
      await client.query(
        'INSERT INTO jobs (id, upload_path, original_name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
        [id, `sql-${id}.pdf`, pdf],
      );
    }
    await client.query(end);
    failed = false;
  } finally {
    client.off('error', broken);
    client.release(failed);
  }
}

async function disturbJob(stack: Stack, act: Act, ledger: Ledger): Promise<void> {
  switch (act.kind) {
    case 'roll back': {
      const jobs = act.pdfs.map((pdf) => ({ id: randomUUID(), pdf }));
      for (const { id } of jobs) ledger.undone.add(id);
      return insertRows(stack, jobs, 'ROLLBACK');
    }
    case 'cancel':
      await stack.pool.query(cancelOne);
      return;
    case 'retry':
      await stack.pool.query(retryOne);
      return;
    case 'cancel in Temporal':
    case 'terminate': {
      const { rows } = await stack.pool.query<{ id: string }>(anyInFlight);
      const id = rows[0]?.id;
      if (id === undefined) return;
      if (act.kind === 'terminate') ledger.terminated.add(id);
      const workflow = stack.client.workflow.getHandle(id);
      await stack.client.withDeadline(Date.now() + answerWithinMs, () =>
        act.kind === 'terminate' ? workflow.terminate('chaos') : workflow.cancel(),
      );
    }
  }
}

const cancelOne = `
  UPDATE jobs SET cancel_requested_at = now()
   WHERE id = (SELECT id FROM jobs WHERE status IN ('queued', 'processing') ORDER BY random() LIMIT 1)`;
const retryOne = `
  UPDATE jobs SET status = 'queued'
   WHERE id = (SELECT id FROM jobs WHERE status IN ('failed', 'canceled') ORDER BY random() LIMIT 1)
     AND status IN ('failed', 'canceled')`;
const anyInFlight = `SELECT id FROM jobs WHERE status = 'processing' ORDER BY random() LIMIT 1`;

/** Whether it got through; what stands in the way (a server that is away, a full disk, a workflow just closed) is what a run is about. */
async function once(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    const expected = systemErrorCode(error) === 'ENOSPC' || isTransientDatabaseError(error);
    if (!expected) throw error;
    return false;
  }
}
