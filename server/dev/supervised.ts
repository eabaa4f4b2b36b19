import { sleep } from 'pg-switchyard';
import type { Child } from './child.ts';

const pauseMs = { first: 500, most: 10_000 };

/** A child that is started again whenever it ends without having been told to. */
export class Supervised {
  readonly name: string;
  readonly #launch: () => Promise<Child>;
  readonly #say: (line: string) => void;
  readonly #onChange: () => Promise<void>;
  readonly #stopping = new AbortController();
  #child: Child;
  #watching: Promise<void>;

  private constructor(options: SupervisedOptions, child: Child) {
    this.name = options.name;
    this.#launch = options.launch;
    this.#say = options.say;
    this.#onChange = options.onChange;
    this.#child = child;
    this.#watching = this.#watch();
  }

  /** Resolves when the child serves. @throws when its first start fails */
  static async start(options: SupervisedOptions): Promise<Supervised> {
    return new Supervised(options, await options.launch());
  }

  get pid(): number {
    return this.#child.pid;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#child.stop(graceMs);
    await this.#watching;
    await this.#child.stop(graceMs); // it may just have been started again
  }

  async #watch(): Promise<void> {
    let pause = pauseMs.first;
    while (true) {
      const how = await this.#child.ended;
      if (this.#stopping.signal.aborted) return;
      this.#say(`${this.name} ended (${how}); starting it again`);
      while (!this.#stopping.signal.aborted) {
        await sleep(pause, this.#stopping.signal);
        if (await this.#relaunch()) break;
        pause = Math.min(pause * 2, pauseMs.most);
      }
    }
  }

  async #relaunch(): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false;
    try {
      this.#child = await this.#launch();
      await this.#onChange();
      this.#say(`${this.name} runs again (process ${this.#child.pid})`);
      return true;
    } catch (error) {
      this.#say(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
}

export interface SupervisedOptions {
  name: string;
  /** Starts the child and waits until it serves. */
  launch: () => Promise<Child>;
  say: (line: string) => void;
  /** Told when another process has taken the place of the first. */
  onChange: () => Promise<void>;
}
