import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError, systemErrorCode } from 'pg-switchyard';

const run = promisify(execFile);

/** Where the parts of a stack can be reached. */
export interface StackAddresses {
  api: string;
  gateway: string;
  postgres: string;
  temporal: string;
  /** `null` when Temporal runs elsewhere. */
  temporalUi: string | null;
}

/** What `stack.json` tells scripts while the stack runs. */
export interface StackFile extends StackAddresses {
  /** Process ids by name; of what runs elsewhere there is none. */
  pids: Record<string, number>;
}

interface Processes {
  main: number;
  children: number[];
}

/** The folder of one stack. While it is held no second stack can use it. */
export class DataDir {
  readonly path: string;
  readonly #lockFile: string;
  readonly #stackFile: string;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.path = path;
    this.#lockFile = join(path, 'processes.json');
    this.#stackFile = join(path, 'stack.json');
  }

  /**
   * Takes the folder, making it if need be. What a killed stack left running there has been told to end by the death of
   * its parent; here it is waited for.
   * @throws {SetupError} when another stack runs there
   */
  static async take(path: string, say: (line: string) => void): Promise<DataDir> {
    await mkdir(join(path, 'logs'), { recursive: true });
    const folder = new DataDir(path);
    while (!(await folder.#create())) {
      const earlier = await folder.#earlier();
      if (earlier !== undefined && (await isNode(earlier.main))) {
        throw new SetupError(
          `Switchyard already runs on ${path} (process ${earlier.main}); its addresses are in ${folder.#stackFile}. ` +
            'End it first, or use another folder: npm start -- --data-dir DIR',
        );
      }
      say('an earlier run was killed; waiting for what it left to end');
      for (const pid of earlier?.children ?? []) await untilGone(pid);
      await rm(folder.#lockFile, { force: true });
    }
    return folder;
  }

  /** Notes the children, for a start after a kill. */
  async note(children: number[]): Promise<void> {
    const processes: Processes = { main: process.pid, children };
    await this.#write(this.#lockFile, processes);
  }

  async publish(stack: StackFile): Promise<void> {
    await this.#write(this.#stackFile, stack);
  }

  /** The stack is about to end: scripts need not look for it any more. */
  async unpublish(): Promise<void> {
    await rm(this.#stackFile, { force: true });
  }

  async release(): Promise<void> {
    await this.unpublish();
    await rm(this.#lockFile, { force: true });
  }

  /** Whole or not at all, and one after the other: parts of a stack start side by side. */
  #write(path: string, content: unknown): Promise<void> {
    const written = this.#writing.then(() => writeWhole(path, content));
    this.#writing = written.catch(() => undefined); // told to who asked for it
    return written;
  }

  async #create(): Promise<boolean> {
    try {
      await writeFile(this.#lockFile, JSON.stringify({ main: process.pid, children: [] }), { flag: 'wx' });
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async #earlier(): Promise<Processes | undefined> {
    try {
      return JSON.parse(await readFile(this.#lockFile, 'utf8')) as Processes;
    } catch {
      return undefined; // cut short by the kill, or gone in the meantime
    }
  }
}

async function writeWhole(path: string, content: unknown): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** Numbers are used again: only a Node process can be the main one. */
async function isNode(pid: number): Promise<boolean> {
  return pid !== process.pid && (await commandOf(pid)).includes('server/dev/main.ts');
}

/** The command line of a running process; empty when there is none. */
async function commandOf(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (fromProc !== undefined) return fromProc.replaceAll('\0', ' ');
  if (process.platform === 'linux') return '';
  return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

const longestEndMs = 40_000;

/** Waits for a process that has been told to end, and ends it by force when it does not. */
async function untilGone(pid: number): Promise<void> {
  const command = await commandOf(pid);
  const ours = /src\/(starter|worker|api|gateway)\/main\.ts|postgres -D|start-dev/.test(command);
  if (!ours) return;
  const started = performance.now();
  while ((await commandOf(pid)) === command) {
    if (performance.now() - started > longestEndMs) process.kill(pid, 'SIGKILL');
    await new Promise((done) => setTimeout(done, 100));
  }
}
