import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pack, packedPackage } from './install.ts';

test('the same sources make the same tarball, byte by byte', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-tarball-'));
  try {
    const [first, second] = [await packedPackage(), await pack(folder)];
    expect(first).not.toBe(second);
    expect(await hashOf(second)).toBe(await hashOf(first));
  } finally {
    await rm(folder, { recursive: true });
  }
});

const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
