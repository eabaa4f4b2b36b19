import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Demo } from './demo.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const names = ['510-line-items.pdf', 'plain-invoice.pdf', 'readme.md', 'damaged.pdf'] as const;
const mediaTypes: Record<string, string> = { '.pdf': 'application/pdf', '.md': 'text/markdown' };

/** `npm start` keeps uploads in its data folder, two above the demo's own; rows name documents by their path in there. */
const documentsOf = (folder: string) => resolve(folder, '../../uploads/demo');

/** Two PDFs and a Markdown text become text; a damaged PDF ends where it broke, and holds up none of them. */
export const demo: Demo = {
  async prepare(folder) {
    const documents = documentsOf(folder);
    await mkdir(documents, { recursive: true });
    for (const name of ['510-line-items.pdf', 'plain-invoice.pdf'])
      await copyFile(join(examples, name), join(documents, name));
    await copyFile(join(examples, '../README.md'), join(documents, 'readme.md'));
    const whole = await readFile(join(examples, 'plain-invoice.pdf'));
    await writeFile(join(documents, 'damaged.pdf'), whole.subarray(0, 40));
    return {};
  },

  inserts: (folder) => names.map((name) => insertOf(folder, name)),

  watch: `SELECT path, stage, state, pages, error
  FROM upload_pipeline.upload_jobs JOIN upload_pipeline.documents USING (document_id)
 ORDER BY upload_jobs.created_at DESC LIMIT ${names.length}`,

  progress: `SELECT count(*) FILTER (WHERE state IN ('queued', 'working')) AS pending,
       count(*) FILTER (WHERE state IN ('failed', 'canceled') AND path <> 'demo/damaged.pdf') AS failed
  FROM upload_pipeline.upload_jobs JOIN upload_pipeline.documents USING (document_id)`,

  after: async (folder) => [
    '',
    `The texts lie beside the documents: ${documentsOf(folder)}/*.extracted.txt`,
    'The damaged one says where it broke. Once it is mended, this goes on at that stage:',
    `  UPDATE upload_pipeline.upload_jobs SET state = 'queued' WHERE state = 'failed';`,
  ],
};

/** As the application would that stored the document. */
function insertOf(folder: string, name: string): string {
  const bytes = readFileSync(join(documentsOf(folder), name));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return `WITH document AS (
  INSERT INTO upload_pipeline.documents (path, media_type, sha256, size)
  VALUES ('demo/${name}', '${mediaTypes[extname(name)]}', '${sha256}', ${bytes.length})
  RETURNING document_id)
INSERT INTO upload_pipeline.upload_jobs (document_id) SELECT document_id FROM document;`;
}
