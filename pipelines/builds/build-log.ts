import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** The log of a build, one after the other for all tries of it. */
export interface BuildLog {
  output: Writable;
  /** @throws the storage's error, which may have come at any time */
  close(): Promise<void>;
}

export function openBuildLog(path: string, heading: string): BuildLog {
  const output = createWriteStream(path, { flags: 'a' });
  const written = finished(output);
  written.catch(() => undefined); // told by close
  output.write(`${heading}\n`);
  return {
    output,
    async close() {
      output.end();
      await written;
    },
  };
}
