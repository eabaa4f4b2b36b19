import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pagesPdf } from '../../pipelines/lib/test/support/pdfs.ts';
import { completeRows, type Job, type Load } from '../load.ts';
import { illegal, type Problem } from '../problem.ts';
import { definitionOf } from '../settings.ts';
import { factsOf, readIfThere } from './files.ts';

/** The pages of a job's document, which no other has. */
const pagesOf = ({ id, variant }: Job): string[] => {
  const pages = variant === 'pdf' ? ['first', 'second', 'third'] : ['only'];
  return pages.map((page) => `The ${page} page of ${id}`);
};

/** Documents of a few words, mostly Markdown: each PDF is read by a process of its own. */
export const uploads: Load = {
  queue: definitionOf('uploads'),
  weight: 20,
  variants: {
    markdown: { weight: 50 },
    'checked markdown': { weight: 25 },
    pdf: { weight: 15 },
    'damaged pdf': { weight: 5, fails: 'BAD_DOCUMENT' },
    'other hash': { weight: 5, fails: 'BAD_DOCUMENT' },
  },
  faultCodes: ['IO_ERROR'],

  prepare: async () => ({}),

  async insert(tx, job, { stored }) {
    const path = `document-${job.id}`;
    const content = contentOf(job);
    await writeFile(join(stored, 'uploads', path), content);
    const { bytes, sha256 } = factsOf(content);
    await tx.query(
      `INSERT INTO upload_pipeline.documents (document_id, path, media_type, sha256, size)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (document_id) DO NOTHING`,
      [
        job.id,
        path,
        job.variant.endsWith('pdf') ? 'application/pdf' : 'text/markdown',
        job.variant === 'other hash' ? factsOf(Buffer.from('other')).sha256 : sha256,
        bytes,
      ],
    );
    await tx.query(
      `INSERT INTO upload_pipeline.upload_jobs (job_id, document_id, stage) VALUES ($1, $1, $2)
       ON CONFLICT (job_id) DO NOTHING`,
      [job.id, job.variant === 'checked markdown' ? 'job_validated' : 'queued'],
    );
  },

  /** The text of each document is there, whole, each page once. */
  async judge(remains) {
    const { rows } = await remains.pool.query<{ id: string; path: string | null; pages: number | null }>(
      'SELECT document_id::text AS id, text_path AS path, pages FROM upload_pipeline.documents',
    );
    const documents = new Map(rows.map((row) => [row.id, row]));
    const problems = completeRows(remains).map(async ({ id, job, fields }): Promise<Problem[]> => {
      const made = remains.jobs.get(id);
      const document = documents.get(id);
      if (made === undefined) return [];
      if (document?.path == null || fields['stage'] !== 'complete')
        return [
          illegal(`job ${job} is complete, at stage ${fields['stage']}, with the text ${document?.path}`),
        ];
      const text = await readIfThere(join(remains.places.stored, 'uploads', document.path));
      const read = text
        ?.toString()
        .split('\f')
        .map((page) => page.trim());
      const wanted = [...pagesOf(made), ''];
      if (read?.join('\f') === wanted.join('\f') && document.pages === wanted.length - 1) return [];
      return [
        illegal(`job ${job}: its text, of ${document.pages} pages, is ${JSON.stringify(text?.toString())}`),
      ];
    });
    return (await Promise.all(problems)).flat();
  },
};

function contentOf(job: Job): Buffer {
  if (!job.variant.endsWith('pdf')) return Buffer.from(`${pagesOf(job).join('\n')}\n`);
  const whole = pagesPdf(pagesOf(job));
  return Buffer.from(job.variant === 'pdf' ? whole : whole.subarray(0, 40));
}
