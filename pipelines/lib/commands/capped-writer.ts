import type { Writable } from 'node:stream';

/**
 * Writes to `output` what it is given, up to `maxBytes` in all, and then once that it was cut. What is beyond is thrown away, so
 * that a command that talks on is not held up.
 */
export function cappedWriter(output: Writable, maxBytes: number): (chunk: Buffer) => void {
  let left = maxBytes;
  return (chunk) => {
    if (left <= 0) return;
    output.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) output.write(`\n[cut: the output is larger than ${maxBytes} bytes]\n`);
  };
}
