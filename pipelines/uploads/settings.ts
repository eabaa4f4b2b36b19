import { availableParallelism } from 'node:os';
import type { Settings as EngineSettings } from 'pg-switchyard';
import { type Settings, type Values, wholeNumber } from 'pg-switchyard/settings';
import type { FolderSettings } from '../lib/folders.ts';
import type { QueueSettings } from '../lib/queue-settings.ts';

export const uploadSettings = {
  uploadsConcurrency: wholeNumber(
    'UPLOADS_CONCURRENCY',
    availableParallelism(),
    1,
    64,
    'documents',
    'How many documents of the queue uploads a worker reads at once, each PDF in a process of its own',
    'the number of cores',
  ),
  uploadsMemoryMiB: wholeNumber(
    'UPLOADS_MEMORY',
    512,
    64,
    16_384,
    'MiB',
    'The heap of the process that reads one PDF; beside the heap it may take 256 MiB more',
  ),
  uploadsPageTimeoutMs: wholeNumber(
    'UPLOADS_PAGE_TIMEOUT',
    60_000,
    100,
    600_000,
    'milliseconds',
    'How long one page of a PDF may take',
  ),
} satisfies Settings;

export type UploadSettings = EngineSettings & QueueSettings & FolderSettings & Values<typeof uploadSettings>;
