import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore, JobOutcome, JobRun, Logger, Pool } from 'pg-switchyard';
import {
  asJob,
  type JobTransitions,
  type System,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import { leaveToSweep } from '../lib/leave-to-sweep.ts';
import { localUpload, openUpload } from '../lib/uploaded-file.ts';
import { badDocument, documentOf } from './parsing/documents.ts';
import { type ParseLimits, parseInto } from './parsing/parse.ts';
import { createStagedTexts, parsingFolder } from './parsing/staged-texts.ts';
import { validateDocument } from './parsing/validate.ts';
import { type UploadStage, uploadStages } from './queue.ts';

export type UploadActivities = ReturnType<typeof createUploadActivities>;

/** What a page does to the process that reads it may be the machine's fault: it is tried again, from that page on. */
const retry = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 30_000 };

/** Document → text. The row's stage says where to begin; each stage is entered by one write of the row. */
export function createUploadActivities(deps: {
  jobs: JobTransitions;
  pool: Pool;
  /** Where documents and their texts are kept. */
  uploads: FileStore;
  /** What is known of that store as a whole. */
  storageSystem: System;
  /** Whose folder `.parsing` holds what is not whole yet. */
  uploadRoot: string;
  maxUploadBytes: number;
  limits: ParseLimits;
  log: Logger;
}) {
  const { pool, uploads, uploadRoot } = deps;
  const texts = createStagedTexts(uploadRoot, uploads);

  async function work(context: WorkContext): Promise<WorkDone> {
    const copy = join(uploadRoot, parsingFolder, `${context.run.jobId}.${randomUUID()}.document`);
    try {
      return await workOn(context, copy);
    } finally {
      await rm(copy, { force: true }).catch(leaveToSweep(context));
    }
  }

  async function workOn(context: WorkContext, copy: string): Promise<WorkDone> {
    const { row, update, signal } = context;
    const document = await documentOf(pool, String(row['document_id']));
    const stored = <T>(work: () => Promise<T>) => deps.storageSystem.call(context, work);
    const find = () => stored(() => localUpload(uploads, document.path, deps.maxUploadBytes, copy));
    let pages: number | undefined;
    let stage = stageOf(row['stage']);
    const enter = async (next: UploadStage) => {
      await update({ stage: next });
      stage = next;
    };
    if (stage === 'queued') await enter('job_validated');
    if (stage === 'job_validated') {
      context.say('checking the document');
      await validateDocument(document, await find(), signal);
      await enter('parsing');
    }
    if (stage === 'parsing') {
      const file = await find();
      pages = await parseInto({ pool, texts, stored, limits: deps.limits, context, document, file });
      await enter('parsed');
    }
    if (stage === 'parsed') await requireText(document.id);
    return {
      publish: async () => ({ stage: 'complete' }),
      shows: () => ({ pages }),
      cleanUp: async () => undefined,
    };
  }

  async function requireText(documentId: string): Promise<void> {
    const { textPath } = await documentOf(pool, documentId);
    if (textPath === null) throw badDocument('the document is said to be parsed, and has no text_path');
    await (await openUpload(uploads, textPath, Number.MAX_SAFE_INTEGER)).close();
  }

  return {
    parseDocument: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}

function stageOf(value: unknown): UploadStage {
  const stage = uploadStages.find((known) => known === value);
  if (stage === undefined)
    throw badDocument(`no work can begin at stage "${value}": set it to one of ${uploadStages}`);
  return stage;
}
