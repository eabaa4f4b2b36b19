import type { Child } from '../server/dev/child.ts';
import { Part, type PartOptions } from './part.ts';

/** The processes of a run and whatever else must end with it. */
export class Processes {
  readonly parts = new Map<string, Part>();
  readonly #endings: (() => unknown)[] = [];

  atEnd(end: () => unknown): void {
    this.#endings.push(end);
  }

  async start(
    name: string,
    endBy: 'SIGKILL' | 'SIGQUIT',
    launch: () => Promise<Child>,
    options?: PartOptions,
  ): Promise<void> {
    const part = new Part(name, launch, options);
    this.parts.set(name, part);
    this.atEnd(() => part.kill(endBy));
    await part.start();
  }

  /** Ends everything, the last started first. @throws what could not be ended, after all the rest */
  async close(): Promise<void> {
    const problems: unknown[] = [];
    for (const end of this.#endings.toReversed()) {
      try {
        await end();
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, 'not everything could be ended');
  }
}
