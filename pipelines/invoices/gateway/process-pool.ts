import { PdfProcess, type PdfProcessLimits } from '../../lib/pdf/pdf-process.ts';

/** How many commands one process answers before a fresh one takes its place. */
const commandsEach = 200;

export interface PoolLimits extends PdfProcessLimits {
  /** How many commands may run at once. */
  concurrency: number;
  /** How many may wait for each that runs; beyond, a command is refused. */
  waitingEach: number;
}

export interface PoolOptions extends PoolLimits {
  /** The file that is run in each process; see {@link PdfProcess}. */
  childPath: string;
  childArguments?: readonly string[];
  /** How many processes are there before the first command comes; more are begun as they are needed. */
  readyAtStart: number;
}

/** All processes are at work and enough commands wait. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

interface Waiting<Command extends object, Answer> {
  take: (process: PdfProcess<Command, Answer>) => void;
  refuse: (error: Error) => void;
}

/** Up to `concurrency` processes, each of which answers one command at a time and is used again. */
export class ProcessPool<Command extends object, Answer> {
  readonly #options: PoolOptions;
  readonly #all = new Set<PdfProcess<Command, Answer>>();
  readonly #idle: PdfProcess<Command, Answer>[] = [];
  readonly #waiting = new Set<Waiting<Command, Answer>>();
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let i = 0; i < Math.min(options.readyAtStart, options.concurrency); i++)
      this.#idle.push(this.#fork());
  }

  /** Resolves when the first processes can be asked; rejects when one of them cannot. */
  async ready(): Promise<void> {
    await Promise.all([...this.#all].map(({ ready }) => ready));
  }

  /** Whether another command would be refused now. */
  get full(): boolean {
    const { concurrency, waitingEach } = this.#options;
    const allAtWork = this.#idle.length === 0 && this.#all.size >= concurrency;
    return allAtWork && this.#waiting.size >= concurrency * waitingEach;
  }

  /** The ids of its processes. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * @throws {Busy} when too many wait already, or at the end
   * @throws {PdfProcessFailed} when the command came to no end of its own; the abort's reason when `signal` is aborted
   */
  async ask(command: Command, signal: AbortSignal): Promise<Answer> {
    const taken = await this.#take(signal);
    try {
      return await taken.ask(command, signal);
    } finally {
      this.#giveBack(taken);
    }
  }

  /** Ends every process, whatever it does. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting) waiting.refuse(new Busy('the gateway ends'));
    await Promise.all([...this.#all].map((each) => each.close()));
  }

  #fork(): PdfProcess<Command, Answer> {
    const { childPath, childArguments } = this.#options;
    const forked = new PdfProcess<Command, Answer>(this.#options, childPath, childArguments);
    this.#all.add(forked);
    return forked;
  }

  async #take(signal: AbortSignal): Promise<PdfProcess<Command, Answer>> {
    signal.throwIfAborted();
    if (this.#closed) throw new Busy('the gateway ends');
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle.alive ? idle : this.#replace(idle);
    if (this.#all.size < this.#options.concurrency) return this.#fork();
    if (this.full) throw new Busy('all processes are busy');
    const { promise, resolve, reject } = Promise.withResolvers<PdfProcess<Command, Answer>>();
    const waiting = { take: resolve, refuse: reject };
    const onAbort = () => reject(signal.reason);
    this.#waiting.add(waiting);
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => {
      this.#waiting.delete(waiting);
      signal.removeEventListener('abort', onAbort);
    });
  }

  #giveBack(used: PdfProcess<Command, Answer>): void {
    if (this.#closed) return;
    const worn = !used.alive || used.commands >= commandsEach;
    const free = worn ? this.#replace(used) : used;
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(free);
      return;
    }
    this.#waiting.delete(next);
    next.take(free);
  }

  #replace(worn: PdfProcess<Command, Answer>): PdfProcess<Command, Answer> {
    this.#all.delete(worn);
    worn.kill();
    return this.#fork();
  }
}
