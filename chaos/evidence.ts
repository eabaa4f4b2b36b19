import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from '../src/platform/database.ts';
import { goodPdfs, type Pdf } from './acts.ts';
import type { EndedRow, Evidence, ResultFile } from './judge.ts';
import type { Ledger } from './ledger.ts';
import type { Stack } from './stack.ts';
import { examplePath } from './users.ts';
import { readChanges } from './witness.ts';

/** Reads all that the run left: rows, witness, files, Temporal and logs. */
export async function gatherEvidence(
  stack: Stack,
  known: { ledger: Ledger; expected: ReadonlyMap<Pdf, ResultFile> },
): Promise<Evidence> {
  const { rows } = await stack.pool.query<EndedRow>(`
    SELECT id, status::text, attempt, error_code, error_message,
           result_path, result_bytes::float8, result_sha256 FROM jobs`);
  return {
    ...known,
    rows,
    changes: await readChanges(stack.pool),
    files: await readResults(stack.disk.path),
    openWorkflows: await listOpenWorkflows(stack),
    completions: await readCompletions(stack.folder),
    events: await readEvents(stack.pool),
    crashes: crashesOf(stack),
  };
}

/** Every part that ended by itself, and how. */
export const crashesOf = ({ parts }: Stack): string[] =>
  [...parts.values()].flatMap(({ name, crashes }) => crashes.map((how) => `${name} (${how})`));

/** The product's own record. */
async function readEvents(pool: Pool): Promise<Evidence['events']> {
  const { rows } = await pool.query<Evidence['events'][number]>(`
    SELECT job_id AS job, from_status AS "from", to_status AS "to", attempt
      FROM switchyard.job_events WHERE queue = 'invoices' ORDER BY id`);
  return rows;
}

/** Asks the gateway itself, as workers do. */
export async function expectedResults(gatewayUrl: string): Promise<Map<Pdf, ResultFile>> {
  const results = new Map<Pdf, ResultFile>();
  for (const pdf of goodPdfs) {
    const form = new FormData();
    form.append('mapping', 'invoice.json');
    form.append('pretty', '1');
    form.append('file', await openAsBlob(examplePath(pdf), { type: 'application/pdf' }), 'document.pdf');
    const response = await fetch(`${gatewayUrl}/process`, {
      method: 'POST',
      body: form,
      headers: { accept: 'application/xml' },
    });
    const body = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`the gateway answered ${response.status} to ${pdf}: ${body}`);
    results.set(pdf, describe(body));
  }
  return results;
}

export async function listOpenWorkflows({ client }: Stack): Promise<Evidence['openWorkflows']> {
  const open = client.workflow.list({
    query: `ExecutionStatus = 'Running' AND WorkflowType = 'convertInvoice'`,
  });
  return (await Array.fromAsync(open)).map(({ workflowId, runId }) => ({ workflowId, runId }));
}

async function readResults(dataDir: string): Promise<Map<string, ResultFile>> {
  const names = await readdir(join(dataDir, 'results'));
  const files = new Map<string, ResultFile>();
  for (const name of names) {
    files.set(`results/${name}`, describe(await readFile(join(dataDir, 'results', name))));
  }
  return files;
}

const describe = (content: Buffer): ResultFile => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

async function readCompletions(folder: string): Promise<Evidence['completions']> {
  const logs = (await readdir(folder)).filter((name) => /^worker-\d\.log$/.test(name));
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('"msg":"job complete"') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as { jobId: string; attempt: number })
    .map(({ jobId, attempt }) => ({ job: jobId, attempt }));
}
