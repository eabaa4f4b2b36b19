import { fileURLToPath } from 'node:url';
import { PdfProcess, type PdfProcessLimits } from '../../lib/pdf/pdf-process.ts';
import type { ConversionAnswer } from './child.ts';
import type { Conversion } from './convert.ts';

const childPath = fileURLToPath(new URL('./child.ts', import.meta.url));

/** How many conversions one process does before a fresh one takes its place. */
const conversionsEach = 200;
/** How many are there before the first PDF comes; more are begun as they are needed. */
const readyAtStart = 2;

export interface ConvertersOptions extends PdfProcessLimits {
  /** How many conversions may run at once. */
  concurrency: number;
  /** How many may wait for each that runs; beyond, a conversion is refused. */
  waitingEach: number;
}

/** All converters are at work and enough conversions wait. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

type Converter = PdfProcess<Conversion, ConversionAnswer>;

interface Waiting {
  take: (converter: Converter) => void;
  refuse: (error: Error) => void;
}

/** Up to `concurrency` processes, each of which converts one PDF at a time and is used again. */
export class Converters {
  readonly #options: ConvertersOptions;
  readonly #all = new Set<Converter>();
  readonly #idle: Converter[] = [];
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(options: ConvertersOptions) {
    this.#options = options;
    for (let i = 0; i < Math.min(readyAtStart, options.concurrency); i++) this.#idle.push(this.#fork());
  }

  /** Resolves when the first processes can convert; rejects when one of them cannot. */
  async ready(): Promise<void> {
    await Promise.all([...this.#all].map((converter) => converter.ready));
  }

  /** Whether another conversion would be refused now. */
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
   * @throws {PdfProcessFailed} when the conversion came to no end of its own; the abort's reason when `signal` is aborted
   */
  async convert(conversion: Conversion, signal: AbortSignal): Promise<ConversionAnswer> {
    const converter = await this.#take(signal);
    try {
      return await converter.ask(conversion, signal);
    } finally {
      this.#giveBack(converter);
    }
  }

  /** Ends every process, whatever it does. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting) waiting.refuse(new Busy('the gateway ends'));
    await Promise.all([...this.#all].map((converter) => converter.close()));
  }

  #fork(): Converter {
    const converter = new PdfProcess<Conversion, ConversionAnswer>(this.#options, childPath);
    this.#all.add(converter);
    return converter;
  }

  async #take(signal: AbortSignal): Promise<Converter> {
    signal.throwIfAborted();
    if (this.#closed) throw new Busy('the gateway ends');
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle.alive ? idle : this.#replace(idle);
    if (this.#all.size < this.#options.concurrency) return this.#fork();
    if (this.full) throw new Busy('all converters are busy');
    const { promise, resolve, reject } = Promise.withResolvers<Converter>();
    const waiting = { take: resolve, refuse: reject };
    const onAbort = () => reject(signal.reason);
    this.#waiting.add(waiting);
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => {
      this.#waiting.delete(waiting);
      signal.removeEventListener('abort', onAbort);
    });
  }

  #giveBack(used: Converter): void {
    if (this.#closed) return;
    const worn = !used.alive || used.commands >= conversionsEach;
    const converter = worn ? this.#replace(used) : used;
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(converter);
      return;
    }
    this.#waiting.delete(next);
    next.take(converter);
  }

  #replace(converter: Converter): Converter {
    this.#all.delete(converter);
    converter.kill();
    return this.#fork();
  }
}
