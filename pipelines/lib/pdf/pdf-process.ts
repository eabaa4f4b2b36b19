import { type ChildProcess, spawn } from 'node:child_process';
import { residentMiB } from '../commands/resident-memory.ts';

/** What pdf.js unpacks lies outside the heap: the whole process may be this much larger than its heap limit. */
const beyondHeapMiB = 256;
const watchEveryMs = 100;
const lastWordsBytes = 4_096;

type FailureReason = 'timeout' | 'memory' | 'crash';

/** The reading was ended from outside, or took its process along. */
export class PdfProcessFailed extends Error {
  override readonly name = 'PdfProcessFailed';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export interface PdfProcessLimits {
  /** Of the heap, in MiB. */
  memoryMiB: number;
  /** Of one command, in ms. */
  timeoutMs: number;
}

/**
 * A process that reads one PDF at a time. Whatever a PDF does to it, it does not do to the process that asks. The file that
 * is run in it says `ready` and then gives one answer to each command.
 */
export class PdfProcess<Command extends object, Answer> {
  readonly #child: ChildProcess;
  readonly #limits: PdfProcessLimits;
  readonly #gone: Promise<void>;
  #lastWords = '';
  #killed = false;
  #checking = false;
  /** Resolves when it can be asked; rejects when it ended before. */
  readonly ready: Promise<void>;
  commands = 0;

  constructor(limits: PdfProcessLimits, childPath: string, childArguments: readonly string[] = []) {
    this.#limits = limits;
    const flags = heapFlags(limits.memoryMiB);
    this.#child = spawn(process.execPath, [...flags, childPath, ...childArguments], {
      env: { NODE_NO_WARNINGS: '1' }, // a PDF has no business with our environment
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-lastWordsBytes);
    });
    this.#gone = new Promise((done) => {
      this.#child.once('close', () => done()).on('error', () => done());
    });
    this.ready = new Promise((done, fail) => {
      this.#child.once('message', () => done()).once('error', fail);
      void this.#gone.then(() => fail(this.#crash('a process that reads PDFs ended at its start')));
    });
    this.ready.catch(() => undefined); // told to whoever asks
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return (
      !this.#killed &&
      this.#child.connected &&
      this.#child.exitCode === null &&
      this.#child.signalCode === null
    );
  }

  /** @throws {PdfProcessFailed}, or the abort's reason when `signal` is aborted; the process is of no use after either */
  async ask(command: Command, signal: AbortSignal): Promise<Answer> {
    await this.ready;
    signal.throwIfAborted();
    this.commands += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onAbort = () => reject(signal.reason);
    const timer = setTimeout(() => reject(tooLong(this.#limits.timeoutMs)), this.#limits.timeoutMs);
    const watch = setInterval(() => void this.#checkMemory().catch(reject), watchEveryMs);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#child.once('message', resolve);
    void this.#gone.then(() => reject(this.#crash('the PDF ended the process that reads it')));
    this.#child.send(command, (error) => {
      if (error !== null) reject(this.#crash('the reading could not be begun', error));
    });
    try {
      return await promise;
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      this.#child.removeListener('message', resolve);
    }
  }

  kill(): void {
    this.#killed = true;
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  close(): Promise<void> {
    this.kill();
    return this.#gone;
  }

  #crash(message: string, cause?: unknown): PdfProcessFailed {
    const { exitCode, signalCode } = this.#child;
    const words = this.#lastWords.trim();
    const details = `exit code ${exitCode}, signal ${signalCode}${words && `:\n${words}`}`;
    return new PdfProcessFailed('crash', message, cause ?? new Error(details));
  }

  async #checkMemory(): Promise<void> {
    if (this.#checking || this.pid === undefined) return;
    this.#checking = true;
    const mostMiB = this.#limits.memoryMiB + beyondHeapMiB;
    const holds = await residentMiB(this.pid).finally(() => {
      this.#checking = false;
    });
    if (holds <= mostMiB) return;
    throw new PdfProcessFailed('memory', `the PDF took more than ${mostMiB} MiB of memory`);
  }
}

/**
 * PDF after PDF fills the young generation, which V8 then lets grow: with room for 4 MiB a process stays below 200 MiB over hundreds of
 * ordinary PDFs, where it would come to 300, at 3 % more work.
 */
const heapFlags = (memoryMiB: number): string[] => [
  `--max-old-space-size=${memoryMiB}`,
  '--max-semi-space-size=4',
];

const tooLong = (timeoutMs: number) =>
  new PdfProcessFailed('timeout', `the PDF took longer than ${timeoutMs} ms`);
