import { randomUUID } from 'node:crypto';
import { lstat, readdir, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { flushToDisk, removeOlder } from 'pg-switchyard';
import type { RequireMine } from 'pg-switchyard/worker';

const releasesFolder = 'releases';
const trashPrefix = '.old-';
/** Of the folders that deployments unpack to, each with its job's id behind it. */
export const tryPrefix = '.try-';
/** Of a link that is about to become `current`. */
const nextPrefix = '.next-';
/** Longer than the deadline of a deployment. */
const leftOverMs = 4 * 24 * 60 * 60 * 1000;

/**
 * The releases of one environment: `releases/<name>` each, and `current`, a link to the live one. The name says what is in a
 * release, so one that is there is whole and is not made again. Whoever changes them must be the environment's only one.
 */
export class Releases {
  readonly folder: string;
  readonly #root: string;

  constructor(root: string, environment: string) {
    this.#root = join(root, environment);
    this.folder = join(this.#root, releasesFolder);
  }

  async has(name: string): Promise<boolean> {
    return stat(join(this.folder, name)).then(
      () => true,
      () => false,
    );
  }

  /** Puts an unpacked and flushed folder among the releases, where it is not there yet. */
  async add(name: string, unpacked: string): Promise<void> {
    if (!(await this.has(name))) await rename(unpacked, join(this.folder, name));
    await flushToDisk(this.folder); // also where it is there: a try before may have come no further
  }

  /**
   * Makes a release live: at no moment there is none, or half of one. Whoever froze here and is not the environment's only one
   * any more changes nothing: before `requireMine` has answered its link is there, and the next one removes that first.
   */
  async switchTo(name: string, requireMine: RequireMine): Promise<void> {
    await this.#removeNext();
    const next = join(this.#root, `${nextPrefix}${randomUUID()}`);
    try {
      await symlink(join(releasesFolder, name), next);
      await requireMine();
      const now = new Date();
      await utimes(join(this.folder, name), now, now); // the order in which they were live
      await rename(next, join(this.#root, 'current'));
      for (const folder of [this.#root, dirname(this.#root)]) await flushToDisk(folder);
    } finally {
      await rm(next, { force: true });
    }
  }

  async #removeNext(): Promise<void> {
    const left = (await readdir(this.#root)).filter((name) => name.startsWith(nextPrefix));
    await Promise.all(left.map((name) => rm(join(this.#root, name), { force: true })));
  }

  async current(): Promise<string | undefined> {
    const link = await readlink(join(this.#root, 'current')).catch(() => undefined); // nothing is live yet
    return link === undefined ? undefined : basename(link);
  }

  /** Moves aside all but the `keep` that were live last. Quick; `removeOld` does the rest. */
  async retire(keep: number, requireMine: RequireMine): Promise<void> {
    const current = await this.current();
    const names = (await readdir(this.folder)).filter((name) => !name.startsWith('.') && name !== current);
    const aged = await Promise.all(
      names.map(async (name) => ({ name, at: (await lstat(join(this.folder, name))).mtimeMs })),
    );
    const old = aged.sort((a, b) => b.at - a.at).slice(keep - 1);
    for (const { name } of old) {
      await requireMine();
      await rename(join(this.folder, name), join(this.folder, trashPrefix + name));
    }
  }

  /** What was moved aside, and what tries left that nobody came back for. */
  async removeOld(): Promise<void> {
    const names = await readdir(this.folder);
    const old = names.filter((name) => name.startsWith(trashPrefix));
    await Promise.all(old.map((name) => rm(join(this.folder, name), { recursive: true, force: true })));
    const tries = names.filter((name) => name.startsWith(tryPrefix));
    await Promise.all(tries.map((name) => removeOlder(join(this.folder, name), leftOverMs)));
  }
}
