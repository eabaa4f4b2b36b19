import { setImmediate } from 'node:timers/promises';
import { type ProcFiles, type ProcStat, procFiles } from './proc-files.ts';

/** A process that belonged to no command is looked at again once in so many looks: its pid may be another process by then. */
const looksUntilChecked = 32;
/** So many are read before others have their turn in the event loop. */
const readAtATime = 128;

const markName = 'SWITCHYARD_COMMAND';
const mark = new RegExp(`(?:^|\\0)${markName}=([^\\0]*)`);

/** The variable by which the processes of a command are known; they inherit it. */
export const markOf = (command: string) => ({ [markName]: command });

interface Known {
  pid: number;
  stat: ProcStat;
  /** The command it belongs to, once that is known; it never changes after that. */
  command: string | undefined;
  /** Its environment could not be read: it is becoming another program just now. */
  unclear: boolean;
}

/**
 * The machine's processes, as far as they belong to commands that this process started: by the session, by the mark in the
 * environment, or by the parent. Remembers what it read: a process has its environment from exec(2) on, and most processes
 * of a machine have nothing to do with us. Linux alone.
 */
export class ProcessTable {
  readonly #proc: ProcFiles;
  readonly #bornAt: number;
  readonly #known = new Map<number, Known>();
  /** The commands that are looked for, each with its leader once that runs. */
  readonly #leaders = new Map<string, number | undefined>();
  #looks = 0;
  #lastPid = Number.NaN;
  #current: Promise<unknown> = Promise.resolve();
  #next: { whole: boolean; look: Promise<boolean> } | undefined;

  constructor(proc: ProcFiles = procFiles) {
    this.#proc = proc;
    this.#bornAt = proc.stat(process.pid)?.startedAt ?? 0;
  }

  /** To be called before its first process runs, and again when that has a pid. */
  add(command: string, leader?: number): void {
    this.#leaders.set(command, leader);
  }

  remove(command: string): void {
    this.#leaders.delete(command);
  }

  /** Those that ran at the last look. */
  processesOf(command: string): number[] {
    return Array.from(this.#known.values()).flatMap((known) =>
      known.command === command && isRunning(known.stat) ? [known.pid] : [],
    );
  }

  residentMiBOf(command: string): number {
    return this.processesOf(command).reduce((sum, pid) => sum + this.#proc.residentMiB(pid), 0);
  }

  /**
   * Looks at the processes that began since the last look and at those of commands; `whole`: at every one. Who asks while one
   * look is under way shares the next. Answers whether some process is unclear, and may belong to any command.
   */
  look(options: { whole: boolean }): Promise<boolean> {
    if (this.#next !== undefined) {
      this.#next.whole ||= options.whole;
      return this.#next.look;
    }
    const look = this.#current.then(() => {
      const whole = this.#next?.whole ?? options.whole;
      this.#next = undefined;
      const looking = this.#lookNow(whole);
      this.#current = looking.catch(() => {
        this.#lastPid = Number.NaN; // what was not read is still to be found
      });
      return looking;
    });
    this.#next = { ...options, look };
    return look;
  }

  async #lookNow(whole: boolean): Promise<boolean> {
    this.#looks += 1;
    const pids = this.#pids(whole);
    const due = pids.filter((pid) => whole || this.#mustCheck(pid));
    const changed: Known[] = [];
    for (const [i, pid] of due.entries()) {
      if (i % readAtATime === readAtATime - 1) await setImmediate();
      changed.push(...this.#check(pid));
    }
    changed.sort((a, b) => a.stat.startedAt - b.stat.startedAt || a.pid - b.pid); // parents first
    const environments = await Promise.all(changed.map(({ pid }) => this.#proc.environment(pid)));
    for (const [i, known] of changed.entries()) this.#assign(known, environments[i]);
    return changed.some(({ unclear }) => unclear);
  }

  /** All of them, or those that are known: where none has begun since, there is none to find. */
  #pids(whole: boolean): number[] {
    const lastPid = this.#proc.lastPid(); // first: one that begins meanwhile is found by the next look
    if (lastPid === this.#lastPid && !whole) return Array.from(this.#known.keys());
    this.#lastPid = lastPid;
    const pids = this.#proc.pids();
    const there = new Set(pids);
    for (const pid of this.#known.keys()) if (!there.has(pid)) this.#known.delete(pid);
    return pids;
  }

  #mustCheck(pid: number): boolean {
    const known = this.#known.get(pid);
    if (known === undefined || known.command !== undefined || known.unclear) return true;
    return pid % looksUntilChecked === this.#looks % looksUntilChecked;
  }

  /** Reads what may change of a process, and answers it when its environment has to be read, too. */
  #check(pid: number): Known[] {
    const stat = this.#proc.stat(pid);
    if (stat === undefined) {
      this.#known.delete(pid);
      return [];
    }
    const known = this.#known.get(pid);
    const isSame = known?.stat.startedAt === stat.startedAt;
    if (known === undefined || !isSame) {
      const added = { pid, stat, command: undefined, unclear: false };
      this.#known.set(pid, added);
      return this.#mayBeOurs(stat) ? [added] : [];
    }
    const isReplaced = known.stat.environmentStart !== stat.environmentStart;
    known.stat = stat;
    const isOpen = known.command === undefined && (isReplaced || known.unclear);
    known.unclear = false;
    return isOpen && this.#mayBeOurs(stat) ? [known] : [];
  }

  #mayBeOurs(stat: ProcStat): boolean {
    return isRunning(stat) && stat.startedAt >= this.#bornAt && !stat.isKernelThread;
  }

  #assign(known: Known, environment: string | undefined): void {
    const { stat } = known;
    const marked = mark.exec(environment ?? '')?.[1];
    known.command =
      marked !== undefined && this.#leaders.has(marked)
        ? marked
        : (this.#commandOfSession(stat.session) ?? this.#known.get(stat.parent)?.command);
    const isEmpty = stat.environmentStart !== 0 && stat.environmentStart === stat.environmentEnd;
    known.unclear = known.command === undefined && environment === '' && !isEmpty;
  }

  #commandOfSession(session: number): string | undefined {
    for (const [command, leader] of this.#leaders) if (leader === session) return command;
    return undefined;
  }
}

const isRunning = ({ state }: ProcStat) => state !== 'Z' && state !== 'X';
