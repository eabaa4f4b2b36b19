import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFolderStore } from '../../../src/storage/folder-store.ts';
import { slowPdf, unpackingPdf } from '../../lib/test/support/odd-pdfs.ts';
import { pagesPdf } from '../../lib/test/support/pdfs.ts';
import type { OpenDocument } from '../parsing/open-document.ts';
import { parserOf } from '../parsing/parsers.ts';
import { createStagedTexts, type StagedTexts } from '../parsing/staged-texts.ts';

let root: string;
let texts: StagedTexts;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-texts-'));
  texts = createStagedTexts(root, createFolderStore(root));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const staged = () => readdir(join(root, '.parsing'));

describe('a staged text', () => {
  test('begins with the whole pages of the try before, whatever cut that short', async () => {
    const first = await texts.begin('job');
    await appendFile(first.path, 'one\ftwo\fhalf of thr');
    const second = await texts.begin('job');
    expect(second.pages).toBe(2);
    expect(await readFile(second.path, 'utf8')).toBe('one\ftwo\f');
    expect(await staged()).toHaveLength(1);
  });

  test('of a key begins with nothing of another key', async () => {
    const other = await texts.begin('job');
    await appendFile(other.path, 'one\f');
    expect((await texts.begin('job2')).pages).toBe(0);
    expect((await texts.begin('jo')).pages).toBe(0);
  });

  test('gets nothing of what the try before still writes', async () => {
    const first = await texts.begin('job');
    const zombie = await open(first.path, 'a');
    await zombie.appendFile('one\f');
    const second = await texts.begin('job');
    await zombie.appendFile('of a zombie\f');
    await zombie.close();
    expect(await readFile(second.path, 'utf8')).toBe('one\f');
    await expect(texts.publish(first.path, 'a.extracted.txt')).rejects.toMatchObject({
      code: 'IO_ERROR',
    });
  });

  test('is published in place of a link of that name, not into what the link names', async () => {
    await writeFile(join(root, 'precious'), 'precious');
    await mkdir(join(root, 'sub'));
    await symlink(join(root, 'precious'), join(root, 'sub', 'a.extracted.txt'));
    const { path } = await texts.begin('job');
    await appendFile(path, 'text\f');
    expect(await texts.publish(path, 'sub/a.extracted.txt')).toBe('sub/a.extracted.txt');
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('precious');
    expect(await readFile(join(root, 'sub', 'a.extracted.txt'), 'utf8')).toBe('text\f');
    expect(await staged()).toEqual([]);
  });

  test('that nobody came back for is removed after two days, and nothing else', async () => {
    const left = await texts.begin('left');
    await writeFile(join(root, '.parsing', 'other'), '');
    const longAgo = new Date(Date.now() - 49 * 60 * 60 * 1000);
    for (const path of [left.path, join(root, '.parsing', 'other')]) await utimes(path, longAgo, longAgo);
    await createStagedTexts(root, createFolderStore(root)).begin('new');
    expect((await staged()).map((name) => name.split('.')[0]).sort()).toEqual(['new', 'other']);
  });
});

describe('a PDF', () => {
  const opened: OpenDocument[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((document) => document.close()));
  });
  async function openPdf(
    content: Uint8Array,
    limits: { memoryMiB?: number; timeoutMs?: number } = {},
    signal = new AbortController().signal,
  ) {
    const path = join(root, 'a.pdf');
    await writeFile(path, content);
    const { path: textPath } = await texts.begin('job');
    const document = await parserOf('application/pdf')({
      path,
      textPath,
      limits: { memoryMiB: 64, timeoutMs: 60_000, ...limits },
      signal,
    });
    opened.push(document);
    return { document, textPath };
  }

  test('is read page by page, each ended by a form feed', async () => {
    const { document, textPath } = await openPdf(pagesPdf(['one', 'two', 'three']));
    expect(document.pages).toBe(3);
    await document.appendPage(2);
    await document.appendPage(3);
    expect(await readFile(textPath, 'utf8')).toBe('two\fthree\f');
  });

  test('that takes longer than it may fails with what was being read, and may be tried again', async () => {
    const reading = openPdf(slowPdf(), { timeoutMs: 100 }).then(({ document }) => document.appendPage(1));
    await expect(reading).rejects.toMatchObject({
      code: 'BAD_DOCUMENT',
      retryable: true,
      message: expect.stringMatching(/^(the document|page 1) takes longer than 100 ms to read$/),
    });
  });

  test('that takes more memory than it may ends its own process alone, and fails for good', async () => {
    const { document } = await openPdf(unpackingPdf());
    await expect(document.appendPage(1)).rejects.toMatchObject({
      code: 'BAD_DOCUMENT',
      retryable: false,
      message: expect.stringMatching(/^page 1/),
    });
  });

  test('is left at once when the job is told to stop', async () => {
    const stop = new AbortController();
    const { document } = await openPdf(slowPdf(), {}, stop.signal);
    const reading = document.appendPage(1);
    stop.abort(new Error('told to stop'));
    await expect(reading).rejects.toThrow('told to stop');
  });

  test('whose text has no place ends with a storage error that may be tried again', async () => {
    const { document, textPath } = await openPdf(pagesPdf(['one']));
    await document.close();
    await rm(textPath);
    await expect(
      parserOf('application/pdf')({
        path: join(root, 'a.pdf'),
        textPath,
        limits: { memoryMiB: 64, timeoutMs: 60_000 },
        signal: new AbortController().signal,
      }),
    ).rejects.toMatchObject({ code: 'IO_ERROR', retryable: true });
  });
});
