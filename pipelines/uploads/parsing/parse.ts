import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { LocalFile, Pool } from 'pg-switchyard';
import type { WorkContext } from 'pg-switchyard/worker';
import { badDocument, describeDocument, type UploadedDocument } from './documents.ts';
import type { ParseLimits } from './open-document.ts';
import { parserOf } from './parsers.ts';
import type { StagedTexts } from './staged-texts.ts';

export type { ParseLimits };

/**
 * Reads a document page by page, from the page that an earlier try had reached, and stores its text beside it. Answers how many pages it has.
 * @throws {JobError}
 */
export async function parseInto(options: {
  pool: Pool;
  texts: StagedTexts;
  /** Makes a call of the store of documents. */
  stored: <T>(work: () => Promise<T>) => Promise<T>;
  limits: ParseLimits;
  context: WorkContext;
  document: UploadedDocument;
  file: LocalFile;
}): Promise<number> {
  const { pool, texts, limits, context, document, file } = options;
  const { run, signal, progress, log } = context;
  const open = parserOf(document.mediaType);
  const staged = await texts.begin(keyOf(run.jobId, document));
  const opened = await open({ path: file.path, textPath: staged.path, limits, signal });
  try {
    await describeDocument(pool, run, { pages: opened.pages });
    log.info({ pages: opened.pages, pagesBefore: staged.pages }, 'parsing the document');
    for (let page = staged.pages + 1; page <= opened.pages; page += 1) {
      signal.throwIfAborted();
      context.say(`page ${page} of ${opened.pages}`);
      await opened.appendPage(page);
      progress.reached = page;
    }
  } finally {
    await opened.close();
  }
  if (!(await texts.holdsText(staged.path)))
    throw badDocument('the document holds no text: it is a scan, or blank');
  const name = join(dirname(file.name), `${document.id}.extracted.txt`);
  const textPath = await options.stored(() => texts.publish(staged.path, name));
  await describeDocument(pool, run, { pages: opened.pages, textPath });
  return opened.pages;
}

/** Of this content alone: what is left of another is of no use. Hashed, as the row may say anything. */
function keyOf(jobId: string, { sha256 }: UploadedDocument): string {
  return `${jobId}.${createHash('sha256').update(sha256).digest('hex').slice(0, 16)}`;
}
