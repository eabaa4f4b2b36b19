import { folder, MiB, type Settings, type Values, wholeNumber } from 'pg-switchyard/settings';

export const folderSettings = {
  uploadRoot: folder(
    'UPLOAD_ROOT',
    '.data/uploads',
    'Where uploaded PDFs are stored; a row may name no file outside it',
  ),
  maxUploadBytes: wholeNumber(
    'MAX_UPLOAD_BYTES',
    100 * MiB,
    1,
    100 * MiB,
    'bytes',
    'The largest PDF that is taken',
  ),
} satisfies Settings;

export type FolderSettings = Values<typeof folderSettings>;
