import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type StoredFile, writeAtomically } from '../../platform/files.ts';
import { storageError } from '../files.ts';

/** A file that a run leaves, by its name in the run's folder. */
export interface Artifact {
  name: string;
  bytes: number;
  sha256: string;
}

const manifestName = 'manifest.json';
const ending = '.part';

const rethrowStorage = (error: unknown): never => {
  throw storageError('what the run leaves could not be stored', error, { final: false });
};

/**
 * The files of one attempt of a run, below the result root: each is there whole or not at all, but for the log, which grows.
 * What cannot be stored fails with `IO_ERROR`, which may pass.
 */
export class Artifacts {
  readonly #folder: string;
  /** The folder as rows name it: below the result root. */
  readonly path: string;
  readonly #log: FileHandle;
  #logRoom: number;

  private constructor(path: string, folder: string, log: FileHandle, logRoom: number) {
    [this.path, this.#folder, this.#log, this.#logRoom] = [path, folder, log, logRoom];
  }

  static async open(
    resultRoot: string,
    run: { jobId: string; attempt: number },
    maxLogBytes: number,
  ): Promise<Artifacts> {
    const path = `agent-runs/${run.jobId}/${run.attempt}`;
    const folder = join(resultRoot, path);
    await mkdir(folder, { recursive: true }).catch(rethrowStorage);
    const log = await open(join(folder, 'log.txt'), 'a').catch(rethrowStorage);
    return new Artifacts(path, folder, log, maxLogBytes - (await log.stat()).size);
  }

  /** A line of the log. What no longer fits is left out, and the log says so once. */
  say(line: string): void {
    if (this.#logRoom <= 0) return;
    const text = `${new Date().toISOString()} ${line}\n`;
    this.#logRoom -= Buffer.byteLength(text);
    const kept = this.#logRoom > 0 ? text : '[cut: the log is too long]\n';
    this.#log.appendFile(kept).catch(() => undefined); // a full disk fails the files that count
  }

  write(name: string, text: string): Promise<string> {
    return this.#store(name, (file) => file.writeFile(text));
  }

  async writeStream(name: string, fill: (output: Writable) => Promise<void>): Promise<void> {
    await this.#store(name, async (file) => {
      const output = new Writable({
        write: (chunk: Buffer, _, done) => void file.appendFile(chunk).then(() => done(), done),
      });
      const written = finished(output);
      written.catch(() => undefined); // told by the await below
      await fill(output);
      output.end();
      await written;
    });
  }

  /** Lists what is there, with hashes, in a manifest. */
  async seal(about: Record<string, unknown>): Promise<{ manifest: StoredFile; artifacts: Artifact[] }> {
    const names = (await readdir(this.#folder)).filter(
      (name) => name !== manifestName && !name.endsWith(ending),
    );
    const artifacts = await Promise.all(names.sort().map((name) => this.#describe(name)));
    await this.write(manifestName, `${JSON.stringify({ ...about, artifacts }, undefined, 2)}\n`);
    const { bytes, sha256 } = await this.#describe(manifestName);
    return { manifest: { path: `${this.path}/${manifestName}`, bytes, sha256 }, artifacts };
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #store(name: string, fill: (file: FileHandle) => Promise<void>): Promise<string> {
    return writeAtomically(this.#folder, name, `${name}${ending}`, fill).catch(rethrowStorage);
  }

  async #describe(name: string): Promise<Artifact> {
    const hash = createHash('sha256');
    const path = join(this.#folder, name);
    const { size } = await stat(path);
    for await (const chunk of createReadStream(path, { end: Math.max(size - 1, 0) })) hash.update(chunk);
    return { name, bytes: size, sha256: hash.digest('hex') };
  }
}
