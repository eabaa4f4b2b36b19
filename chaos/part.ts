import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from '../server/dev/child.ts';

const againAfterMs = 1_000;

export interface PartOptions {
  /** Whether it may end by itself, as applications do that find no Temporal when they begin; left out: that is noted as a crash. */
  mayEnd?: boolean;
}

/** A process that can be killed, frozen and started again. One that ends by itself is started again, and noted unless it may. */
export class Part {
  readonly name: string;
  /** How it ended when nobody had told it to. */
  readonly crashes: string[] = [];
  readonly #launch: () => Promise<Child>;
  readonly #mayEnd: boolean;
  #running: Promise<Child> | undefined;

  constructor(name: string, launch: () => Promise<Child>, { mayEnd = false }: PartOptions = {}) {
    this.name = name;
    this.#launch = launch;
    this.#mayEnd = mayEnd;
  }

  async start(): Promise<void> {
    const running = this.#launch();
    this.#running = running;
    const child = await running;
    void child.ended.then(async (how) => {
      if (this.#running !== running) return;
      if (!this.#mayEnd) this.crashes.push(how);
      await pause(againAfterMs);
      if (this.#running === running) await this.start();
    });
  }

  /** Ends it at once, frozen or not. */
  async kill(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    const child = await running?.catch(() => undefined); // told to whoever started it
    if (child === undefined) return;
    signalTo(child, signal);
    signalTo(child, 'SIGCONT');
    await child.ended;
  }

  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = await this.#running;
    if (child !== undefined) signalTo(child, signal);
  }
}

function signalTo({ pid }: Child, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself, which is noted
  }
}
