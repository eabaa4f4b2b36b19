import { openAsBlob } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutDir } from '../../server/dev/roles.ts';
import { completeRows, type EndedRow, type Job, type Load, type Remains } from '../load.ts';
import { duplicated, illegal, type Problem } from '../problem.ts';
import { definitionOf } from '../settings.ts';
import { type FileFacts, factsOf, readIfThere } from './files.ts';

const examplePath = (pdf: string): string => join(checkoutDir, 'examples', pdf);
const pdfBlob = (pdf: string) => openAsBlob(examplePath(pdf), { type: 'application/pdf' });

/** PDFs, mostly small ones, by the API and by SQL; the variants are their names. */
export const invoices: Load = {
  queue: definitionOf('invoices'),
  weight: 40,
  variants: {
    'plain-invoice.pdf': { weight: 53 },
    'hybrid-invoice.pdf': { weight: 40 },
    '510-line-items.pdf': { weight: 3 },
    'broken.pdf': { weight: 4, fails: 'GW_4XX' },
  },
  faultCodes: ['GW_5XX', 'GW_TIMEOUT', 'GW_BAD_XML', 'IO_ERROR'],

  prepare: async () => ({}),

  async insert(tx, { id, variant }, { stored }) {
    const name = `sql-${id}.pdf`;
    await copyFile(examplePath(variant), join(stored, 'uploads', name));
    await tx.query(
      'INSERT INTO jobs (id, upload_path, original_name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
      [id, name, variant],
    );
  },

  async upload(apiUrl, variant, key, signal) {
    const form = new FormData();
    form.append('file', await pdfBlob(variant), variant);
    const headers = { 'idempotency-key': key };
    return fetch(`${apiUrl}/api/upload`, { method: 'POST', body: form, headers, signal });
  },

  async judge(remains) {
    const pdfs = new Set(completeRows(remains).map(({ id }) => remains.jobs.get(id)?.variant ?? ''));
    const expected = new Map<string, FileFacts>();
    for (const pdf of pdfs) if (pdf !== '') expected.set(pdf, await convert(remains.gatewayUrl, pdf));
    const problems = completeRows(remains).map(async (row) => {
      const content = await readIfThere(join(remains.places.stored, String(row.fields['result_path'])));
      return judgeResult(row, content && factsOf(content), expectedOf(remains, row, expected));
    });
    return (await Promise.all(problems)).flat();
  },
};

const expectedOf = ({ jobs }: Remains, { id }: EndedRow, expected: ReadonlyMap<string, FileFacts>) =>
  expected.get((jobs.get(id) as Job | undefined)?.variant ?? '');

/** Compares the row of a job with its file, and that with what the gateway makes of its PDF when nobody disturbs it. */
export function judgeResult(
  { job, fields }: Pick<EndedRow, 'job' | 'fields'>,
  file: FileFacts | undefined,
  expected: FileFacts | undefined,
): Problem[] {
  if (file === undefined) return [illegal(`job ${job} is complete, and its file is missing`)];
  if (file.sha256 !== fields['result_sha256'] || file.bytes !== fields['result_bytes'])
    return [duplicated(`job ${job}: its row and its file are of different results`)];
  if (expected !== undefined && expected.sha256 !== file.sha256)
    return [illegal(`job ${job}: its result is not what the gateway makes of its PDF`)];
  return [];
}

/** Asks the gateway itself, as workers do. */
async function convert(gatewayUrl: string, pdf: string): Promise<FileFacts> {
  const form = new FormData();
  form.append('mapping', 'invoice.json');
  form.append('pretty', '1');
  form.append('file', await pdfBlob(pdf), 'document.pdf');
  const headers = { accept: 'application/xml' };
  const response = await fetch(`${gatewayUrl}/process`, { method: 'POST', body: form, headers });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`the gateway answered ${response.status} to ${pdf}: ${body}`);
  return factsOf(body);
}
