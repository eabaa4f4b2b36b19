import { openSync, writeSync } from 'node:fs';
import { environment } from '../../src/platform/environment.ts';

/** The last line of a process that met its point. */
export const died = 'died';

/**
 * Where in a process's life it dies: at the n-th interaction of this name, before the call, or once it took effect. Counted
 * by name, because what goes on side by side (the claim, the doorbell) is in no order.
 */
export interface CrashPoint {
  name: string;
  nth: number;
  side: 'before' | 'after';
}

/** How the harness tells a process: its point as JSON, the file that names its interactions, and its role. */
export const crashEnv = { point: 'CRASH_POINT', log: 'CRASH_LOG', role: 'CRASH_ROLE' } as const;

/** Counts the interactions of this process with what is outside of it, and ends the process at one of them. */
export class Interactions {
  readonly #point: CrashPoint | undefined;
  readonly #log: number;
  readonly #counts = new Map<string, number>();

  /** @param point `undefined`: the process lives */
  constructor(point: CrashPoint | undefined, logFile: string) {
    this.#point = point;
    this.#log = openSync(logFile, 'a');
  }

  static fromEnvironment(): Interactions {
    const { [crashEnv.point]: point, [crashEnv.log]: logFile } = environment();
    if (logFile === undefined) throw new Error(`${crashEnv.log} must be a file`);
    return new Interactions(point ? (JSON.parse(point) as CrashPoint) : undefined, logFile);
  }

  /** The next interaction of this name is about to be made. Answers what tells that it took effect, unseen as yet. */
  begin(name: string): () => void {
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    writeSync(this.#log, `${nth} ${name}\n`);
    this.#dieAt({ name, nth, side: 'before' });
    return () => this.#dieAt({ name, nth, side: 'after' });
  }

  async around<T>(name: string, call: () => Promise<T>): Promise<T> {
    const end = this.begin(name);
    return call().finally(end);
  }

  #dieAt({ name, nth, side }: CrashPoint): void {
    const point = this.#point;
    if (point?.name !== name || point.nth !== nth || point.side !== side) return;
    writeSync(this.#log, `${died}\n`);
    process.kill(process.pid, 'SIGKILL');
    // Not one more instruction, should the signal take its time.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
