/** The stages of one try of a job's work, and how long each took. */
export class Stages {
  readonly #now: () => number;
  readonly #took = new Map<string, number>();
  #current: { name: string; beganAt: number } | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  begin(name: string): void {
    this.#end();
    this.#current = { name, beganAt: this.#now() };
  }

  /** In milliseconds, the last one until now; `undefined`: none was named. One that began twice has the sum of both. */
  took(): Record<string, number> | undefined {
    this.#end();
    return this.#took.size === 0 ? undefined : Object.fromEntries(this.#took);
  }

  #end(): void {
    if (this.#current === undefined) return;
    const { name, beganAt } = this.#current;
    this.#took.set(name, (this.#took.get(name) ?? 0) + Math.round(this.#now() - beganAt));
    this.#current = undefined;
  }
}
