import { toolTimeout } from './mcp-failures.ts';

/** Aborts what is not answered in time: within so long of the last sign of progress, and so long in all. */
export class Silence {
  readonly #stop = new AbortController();
  readonly #silent: NodeJS.Timeout;
  readonly #over: NodeJS.Timeout;

  constructor(what: string, { silenceMs, mostMs }: { silenceMs: number; mostMs: number }) {
    const end = (why: string) => this.#stop.abort(toolTimeout(`${what} took too long: ${why}`));
    this.#silent = setTimeout(() => end(`no answer and no progress for ${silenceMs} ms`), silenceMs);
    this.#over = setTimeout(() => end(`no answer after ${mostMs} ms in all`), mostMs);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  progress(): void {
    this.#silent.refresh();
  }

  close(): void {
    clearTimeout(this.#silent);
    clearTimeout(this.#over);
  }
}
