import { constants, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { storageError } from 'pg-switchyard';
import { badDocument } from './documents.ts';
import type { OpenDocument, OpenOptions } from './open-document.ts';

/** Plain text and Markdown: one page, which must be UTF-8. */
export async function openText({ path, textPath, signal }: OpenOptions): Promise<OpenDocument> {
  return {
    pages: 1,
    async appendPage() {
      try {
        const file = await open(textPath, constants.O_WRONLY | constants.O_APPEND);
        await pipeline(Readable.from(pageOf(path, signal)), file.createWriteStream(), { signal });
      } catch (error) {
        throw storageError('the text could not be stored', error, { final: false });
      }
    },
    close: async () => undefined,
  };
}

/** The whole text as one page: form feeds end pages, so those of its own become line ends. */
async function* pageOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined }).replaceAll('\f', '\n');
    } catch (error) {
      throw badDocument('the text is not UTF-8', error);
    }
  };
  for await (const chunk of createReadStream(path, { signal })) yield decode(chunk as Buffer);
  yield `${decode()}\f`;
}
