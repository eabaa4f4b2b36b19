import { createHash } from 'node:crypto';
import { lstat, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ErrorCode, JobError, storageError } from 'pg-switchyard';
import { runCommand } from '../../lib/commands/run-command.ts';
import { CommandFailed } from '../../lib/commands/start-command.ts';
import type { Confine } from '../../lib/sandbox/policy.ts';
import { AgentRunErrorCode } from '../error-codes.ts';
import { gitMayRecover } from './git.ts';
import type { Snapshot } from './snapshots.ts';
import { namesOf, type Refs, type ToolRepository } from './tool-repository.ts';
import { type BytePath, inFolder } from './workspace-files.ts';

/** The names of artifacts that hold what a commit does not. */
export interface RestNames {
  /** A tar archive of files. */
  files?: string | undefined;
  /** A git bundle of branches, tags and stashes. */
  refs?: string | undefined;
}

/** Stores a file as an artifact whose name ends so. Answers the name. */
export type Store = (ending: string, file: string) => Promise<string>;

const timeoutMs = 10 * 60_000;
const memoryMiB = 1_024;

interface RestOptions {
  confine: Confine;
  /** The workspace, and a file beside it that may be overwritten. */
  folder: string;
  scratch: string;
  tools: ToolRepository;
  maxBytes: number;
  signal: AbortSignal;
}

/** What tools left in a workspace and a commit does not hold: kept beside it, and put back where a run goes on elsewhere. */
export class Rest {
  readonly #options: RestOptions;
  #kept: RestNames = {};
  #keptFiles = '';
  #keptRefs = '';

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /**
   * Stores what has changed since the last time. With a limit of 0 nothing is stored, and `say` names what is not.
   * @throws {JobError} `TOOL_FAILED`, final, when there is more than the limit
   */
  async keep(
    snapshot: Snapshot,
    base: string,
    store: Store,
    say: (line: string) => void,
  ): Promise<RestNames> {
    const { outside, special, refs } = snapshot;
    if (special.length > 0) say(`not kept, as no file: ${namesOf(special)}`);
    const files = await this.#describe(outside);
    if (files.mark !== this.#keptFiles) {
      this.#kept = { ...this.#kept, files: await this.#keepFiles(outside, files.bytes, store, say) };
      this.#keptFiles = files.mark;
    }
    const mark = JSON.stringify([...refs]);
    if (mark !== this.#keptRefs) {
      this.#kept = { ...this.#kept, refs: await this.#keepRefs(refs, base, store, say) };
      this.#keptRefs = mark;
    }
    return this.#kept;
  }

  /** Puts back what was stored. */
  async restore(names: RestNames, pathOf: (name: string) => string): Promise<void> {
    this.#kept = names;
    if (names.files !== undefined)
      await this.#tar(
        ['--extract', '--preserve-permissions', '--file', pathOf(names.files)],
        pathOf(names.files),
      );
    if (names.refs === undefined) return;
    const { view } = this.#options.tools;
    const { signal } = this.#options;
    const bundle = pathOf(names.refs);
    const heads = await view(['bundle', 'unbundle', bundle], { signal, readable: [bundle] });
    for (const line of heads.split('\n')) {
      const [commit = '', name = ''] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      await view(['update-ref', name, commit], { signal });
    }
  }

  async #keepFiles(outside: readonly BytePath[], bytes: number, store: Store, say: (line: string) => void) {
    const { maxBytes, scratch } = this.#options;
    if (outside.length === 0) return undefined;
    const what = `what git does not commit (${namesOf(outside)})`;
    if (maxBytes === 0) {
      say(`not kept, as AGENT_MAX_LEFT_FILES is 0: ${namesOf(outside, outside.length)}`);
      return undefined;
    }
    if (bytes > maxBytes) throw tooMuch(`${what}, ${bytes} bytes`, maxBytes);
    const list = `${scratch}.list`;
    await writeFile(list, outside.map((path) => `./${path}\0`).join(''), 'latin1').catch(rethrowStorage);
    await this.#tar([
      ...['--create', '--no-recursion', '--null', '--ignore-failed-read', '--warning=no-file-changed'],
      ...['--file', scratch, '--files-from', list],
    ]);
    const name = await store('rest.tar', scratch);
    say(`kept in ${name}: ${what}`);
    await Promise.all([rm(list), rm(scratch)]).catch(rethrowStorage);
    return name;
  }

  async #keepRefs(refs: Refs, base: string, store: Store, say: (line: string) => void) {
    const { tools, scratch, maxBytes, signal } = this.#options;
    if (refs.size === 0) return undefined;
    const names = [...refs.keys()].join(', ');
    if (maxBytes === 0) {
      say(`not kept, as AGENT_MAX_LEFT_FILES is 0: ${names}`);
      return undefined;
    }
    const made = await tools
      .view(['bundle', 'create', '--quiet', scratch, ...refs.keys(), `^${base}`], { signal })
      .then(
        () => true,
        (error: unknown) => {
          if (String(error).includes('empty bundle')) return false; // they name commits of the repository
          throw asLeft(error);
        },
      );
    if (!made) {
      say(`a tool set ${[...refs].map(([name, commit]) => `${name} to ${commit}`).join(', ')}`);
      return undefined;
    }
    const { size } = await lstat(scratch).catch(rethrowStorage);
    if (size > maxBytes) throw tooMuch(`commits of ${names}, ${size} bytes`, maxBytes);
    const name = await store('rest.bundle', scratch);
    say(`kept in ${name}: ${names}`);
    await rm(scratch).catch(rethrowStorage);
    return name;
  }

  /** How much there is, and a mark that changes when any of it does. */
  async #describe(paths: readonly BytePath[]): Promise<{ bytes: number; mark: string }> {
    if (paths.length === 0) return { bytes: 0, mark: '' };
    const hash = createHash('sha256');
    let bytes = 0;
    for (const path of paths) {
      const info = await lstat(inFolder(this.#options.folder, path)).catch(() => undefined);
      bytes += info?.isFile() ? info.size : 0;
      hash.update(`${path}\0${info?.size} ${info?.mtimeMs} ${info?.ctimeMs} ${info?.mode}\0`);
    }
    return { bytes, mark: hash.digest('hex') };
  }

  async #tar(args: readonly string[], ...readable: string[]): Promise<void> {
    const { folder, scratch, signal, confine } = this.#options;
    const confinement = confine({ writable: [folder, dirname(scratch)], readable });
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
    await runCommand({
      command: 'tar',
      args,
      cwd: folder,
      env,
      timeoutMs,
      memoryMiB,
      signal,
      confinement,
    }).catch((error: unknown) => {
      throw error instanceof CommandFailed ? asLeft(tarFailed(error)) : error;
    });
  }
}

const tarFailed = (error: CommandFailed): JobError =>
  new JobError(ErrorCode.IO_ERROR, `what git does not commit cannot be kept: ${error.message}`, {
    retryable: true,
    cause: error,
  });

function asLeft(error: unknown): unknown {
  if (!(error instanceof JobError) || gitMayRecover(error)) return error;
  return new JobError(AgentRunErrorCode.TOOL_FAILED, error.message, { retryable: false, cause: error });
}

const tooMuch = (what: string, maxBytes: number): JobError =>
  new JobError(
    AgentRunErrorCode.TOOL_FAILED,
    `the tools left ${what}: more than AGENT_MAX_LEFT_FILES (${maxBytes} bytes) keeps; raise it, or set it to 0 to keep none`,
    { retryable: false },
  );

const rethrowStorage = (error: unknown): never => {
  throw storageError('what git does not commit cannot be kept', error, { final: false });
};
