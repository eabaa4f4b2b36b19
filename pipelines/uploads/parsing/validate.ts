import { hashFile, storageError } from 'pg-switchyard';
import { badDocument, type UploadedDocument } from './documents.ts';
import { parserOf } from './parsers.ts';

/**
 * That the file is what its row says, and of a kind that can be read.
 * @throws {JobError}
 */
export async function validateDocument(
  document: UploadedDocument,
  file: { path: string; bytes: number },
  signal: AbortSignal,
): Promise<void> {
  parserOf(document.mediaType);
  if (file.bytes !== document.bytes)
    throw badDocument(`the document has ${file.bytes} bytes, and its row says ${document.bytes}`);
  const { sha256 } = await hashFile(file.path, signal).catch((error: unknown) => {
    throw storageError('the document cannot be read', error, { final: false });
  });
  if (sha256 !== document.sha256.toLowerCase())
    throw badDocument(`the document's SHA-256 is ${sha256}, and its row says ${quoted(document.sha256)}`);
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 100));
