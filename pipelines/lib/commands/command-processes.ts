import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from 'pg-switchyard';
import { ProcessTable } from './process-table.ts';

const run = promisify(execFile);

const watchEveryMs = 250;
/** A process becomes another program, or ends after SIGKILL, within this time, as a rule. */
const settledMs = 5;
/** How often at most those that are left are ended: a process may start another while it is looked for. */
const mostRounds = 100;

interface Watched {
  leader: number;
  /** Of all its processes together; what they share counts for each. */
  mostMiB: number;
  mostProcesses: number;
  /** Called when there is more than that. */
  onExcess: (of: 'memory' | 'processes') => void;
  /** Called when the processes cannot be looked at. */
  onError: (error: unknown) => void;
}

/**
 * The processes of all commands that this process started, each in a session of its own. One look at the machine serves all
 * commands. Elsewhere than on Linux the processes of a command are those of its group.
 */
class CommandProcesses {
  readonly #table: ProcessTable | undefined;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(table = process.platform === 'linux' ? new ProcessTable() : undefined) {
    this.#table = table;
  }

  /** To be called before the command starts, so that no look meets its processes without knowing it. */
  expect(command: string): void {
    this.#table?.add(command);
  }

  watch(command: string, watched: Watched): void {
    this.#table?.add(command, watched.leader);
    this.#watched.set(command, watched);
    this.#timer ??= setInterval(() => void this.look(), watchEveryMs);
  }

  /** Nothing is watched any more; those that run go on. */
  forget(command: string): void {
    this.#table?.remove(command);
    this.#watched.delete(command);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends all processes of a command, whatever they do about it, and answers when none is left but those that may not be ended. */
  async killAll(command: string): Promise<void> {
    const leader = this.#watched.get(command)?.leader;
    if (leader !== undefined) kill(-leader);
    if (this.#table === undefined) return;
    for (let round = 0; round < mostRounds; round += 1) {
      const unclear = await this.#table.look({ whole: round === 0 });
      const left = this.#table.processesOf(command);
      if (left.length === 0 && !unclear) return;
      const answers = left.map(kill);
      if (!unclear && answers.every((answer) => answer === 'refused')) return;
      await setTimeout(settledMs);
    }
  }

  /** What the timer does: one look, and word to those whose processes hold too much. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const usageOf = this.#table === undefined ? await usageByPs() : await this.#usageByTable(this.#table);
      for (const [command, { leader, mostMiB, mostProcesses, onExcess }] of this.#watched) {
        const { processes, residentMiB } = usageOf(command, leader);
        if (processes > mostProcesses) onExcess('processes');
        else if (residentMiB > mostMiB) onExcess('memory');
      }
    } catch (error) {
      for (const { onError } of this.#watched.values()) onError(error);
    } finally {
      this.#looking = false;
    }
  }

  async #usageByTable(table: ProcessTable): Promise<UsageOf> {
    await table.look({ whole: false });
    return (command) => ({
      processes: table.processesOf(command).length,
      residentMiB: table.residentMiBOf(command),
    });
  }
}

/** Of this process. */
export const commandProcesses = new CommandProcesses();

type UsageOf = (command: string, leader: number) => { processes: number; residentMiB: number };

async function usageByPs(): Promise<UsageOf> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return (_, leader) => {
    const own = rows.filter(([group]) => group === leader);
    return { processes: own.length, residentMiB: own.reduce((sum, [, kiB = 0]) => sum + kiB / 1024, 0) };
  };
}

/** `refused` for one that became another account's (sudo). */
function kill(pid: number): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(pid, 'SIGKILL');
    return 'sent';
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ESRCH') return 'gone';
    if (code === 'EPERM') return 'refused';
    throw error;
  }
}
