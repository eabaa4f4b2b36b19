import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { hashFile, renameFlushed, type StoredFile, storageError, writeFlushed } from 'pg-switchyard';
import type { RequireMine } from 'pg-switchyard/worker';
import { makeTryFolder, type TryFolder } from '../../lib/try-folders.ts';
import { mediaTypeOf } from './media.ts';

/** A file that a run leaves, by its name in the run's folder. */
export interface Artifact {
  name: string;
  bytes: number;
  sha256: string;
  /** Of what a tool showed or played. */
  type?: string;
}

const manifestName = 'manifest.json';
const logName = 'log.txt';

const rethrowStorage = (error: unknown): never => {
  throw storageError('what the run leaves could not be stored', error, { final: false });
};

/**
 * The files of one attempt of a run, below the result root. The tries of it share a log, which grows; any other file a try writes
 * in a folder of its own, from where `publish` gives it its place.
 * What cannot be stored fails with `IO_ERROR`, which may pass.
 */
export class Artifacts {
  readonly #folder: string;
  /** The folder as rows name it: below the result root. */
  readonly path: string;
  readonly #own: TryFolder;
  readonly #written = new Set<string>();
  readonly #log: FileHandle;
  #logRoom: number;

  private constructor(path: string, folder: string, own: TryFolder, log: FileHandle, logRoom: number) {
    [this.path, this.#folder, this.#own, this.#log, this.#logRoom] = [path, folder, own, log, logRoom];
  }

  /** What an earlier try wrote and did not publish is removed, whatever it still does with it. */
  static async open(
    resultRoot: string,
    run: { jobId: string; attempt: number; scheduledAt: string },
    maxLogBytes: number,
  ): Promise<Artifacts> {
    const path = `agent-runs/${run.jobId}/${run.attempt}`;
    const folder = join(resultRoot, path);
    const own = await makeTryFolder(folder, 'try-', run.scheduledAt).catch(rethrowStorage);
    const log = await open(join(folder, logName), 'a').catch(rethrowStorage);
    return new Artifacts(path, folder, own, log, maxLogBytes - (await log.stat()).size);
  }

  /** A line of the log. What no longer fits is left out, and the log says so once. */
  say(line: string): void {
    if (this.#logRoom <= 0) return;
    const text = `${new Date().toISOString()} ${line}\n`;
    this.#logRoom -= Buffer.byteLength(text);
    const kept = this.#logRoom > 0 ? text : '[cut: the log is too long]\n';
    this.#log.appendFile(kept).catch(() => undefined); // a full disk fails the files that count
  }

  write(name: string, content: string | Buffer): Promise<void> {
    return this.#store(name, (file) => file.writeFile(content));
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

  /** Where a published file is. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Lists what is published or written, with hashes, in a manifest. */
  async seal(about: Record<string, unknown>): Promise<{ manifest: StoredFile; artifacts: Artifact[] }> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(rethrowStorage);
    const published = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const names = new Set([...published, ...this.#written]);
    names.delete(manifestName);
    const artifacts = await Promise.all([...names].sort().map((name) => this.#describe(name))).catch(
      rethrowStorage,
    );
    await this.write(manifestName, `${JSON.stringify({ ...about, artifacts }, undefined, 2)}\n`);
    const { bytes, sha256 } = await this.#describe(manifestName).catch(rethrowStorage);
    return { manifest: { path: `${this.path}/${manifestName}`, bytes, sha256 }, artifacts };
  }

  /**
   * Gives what was written its place, where another try's may be. To be called while the row is locked and this run's, which
   * is asked again before each file.
   */
  async publish(requireMine: RequireMine): Promise<void> {
    for (const name of this.#written) {
      await requireMine();
      await renameFlushed(this.#folder, join(basename(this.#own.path), name), name).catch(rethrowStorage);
      this.#written.delete(name);
    }
  }

  /** What was written and not published is none of the run's. */
  forget(): void {
    this.#written.clear();
  }

  /** What is said now goes nowhere; what was written can still be published. */
  closeLog(): Promise<void> {
    return this.#log.close();
  }

  /** What cannot be removed now is by the next try. */
  removeUnpublished(): Promise<void> {
    return this.#own.remove().catch(() => undefined);
  }

  async #store(name: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    await writeFlushed(join(this.#own.path, name), fill).catch(rethrowStorage);
    this.#written.add(name);
  }

  async #describe(name: string): Promise<Artifact> {
    const folder = this.#written.has(name) ? this.#own.path : this.#folder;
    const type = mediaTypeOf(name);
    return { name, ...(await hashFile(join(folder, name))), ...(type && { type }) };
  }
}
