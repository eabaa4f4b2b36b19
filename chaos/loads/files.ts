import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemErrorCode } from '../../src/platform/errors.ts';

/** A file as rows tell of it. */
export interface FileFacts {
  bytes: number;
  sha256: string;
}

export const factsOf = (content: Buffer): FileFacts => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

/** `undefined` where there is no such file. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}
