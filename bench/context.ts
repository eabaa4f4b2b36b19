import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemporalKind } from '../server/dev/temporal-cluster/start.ts';
import type { Logger } from '../src/platform/logging.ts';

export interface BenchOptions {
  /** How often each figure is measured. */
  repetitions: number;
  /** Rows of the large backlog. */
  backlogRows: number;
  /** Which Temporal it runs on: the development server, or a cluster of processes on a Postgres of its own. */
  temporal: TemporalKind;
  log: Logger;
  /** Tells how far the benchmark is. */
  say: (line: string) => void;
}

/** What one benchmark works with: a folder of its own, and everything that it started, ended by `close`. */
export class BenchContext {
  readonly folder: string;
  readonly repetitions: number;
  readonly backlogRows: number;
  readonly temporal: TemporalKind;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly #endings: (() => Promise<void>)[] = [];
  #closing = false;

  private constructor(folder: string, options: BenchOptions) {
    this.folder = folder;
    this.repetitions = options.repetitions;
    this.backlogRows = options.backlogRows;
    this.temporal = options.temporal;
    this.log = options.log;
    this.say = options.say;
  }

  static async create(name: string, options: BenchOptions): Promise<BenchContext> {
    const folder = await mkdtemp(join(tmpdir(), `switchyard-bench-${name}-`));
    await chmod(folder, 0o755); // Postgres may run as another user
    return new BenchContext(folder, options);
  }

  /** Starts something whose end `close` sees to, also when it is still starting then. @throws when already closing */
  own<T>(start: () => T | Promise<T>, end: (started: T) => Promise<void>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error('the benchmark is ending'));
    const starting = Promise.resolve().then(start);
    this.#endings.push(async () => {
      const [outcome] = await Promise.allSettled([starting]);
      if (outcome.status === 'fulfilled') await end(outcome.value);
    });
    return starting;
  }

  /** Runs one step for each repetition, and answers what each gave. */
  async repeat<T>(what: string, step: (repetition: number) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let i = 0; i < this.repetitions; i++) {
      this.say(`${what}: ${i + 1} of ${this.repetitions}`);
      results.push(await step(i));
    }
    return results;
  }

  /** Ends everything, the last started first, and removes the folder. @throws what could not be ended, after all the rest */
  async close(): Promise<void> {
    this.#closing = true;
    const problems: unknown[] = [];
    const endings = this.#endings.toReversed();
    for (const end of [...endings, () => rm(this.folder, { recursive: true, force: true })]) {
      await end().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new AggregateError(problems, 'not everything could be ended');
  }
}
