import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../server/dev/child.ts';
import { checkoutDir } from '../../server/dev/roles.ts';
import { type CrashPoint, crashEnv, died as lastLine } from './death.ts';
import type { CrashRole, Site } from './scenario.ts';

/** A point, and the process that dies at it. */
export interface Crash extends CrashPoint {
  role: CrashRole;
}

/** An interaction by name, and how many times it was made with this one. */
export type Interaction = Pick<CrashPoint, 'name' | 'nth'>;

/** One life of a process, up to its point or, when it met none, to its orderly end. */
export interface Life {
  role: CrashRole;
  crash: Crash | undefined;
  died: boolean;
  interactions: Interaction[];
}

const preload = fileURLToPath(new URL('./interactions.ts', import.meta.url));
const stopWithinMs = 60_000;

/**
 * Runs the product's own process of the role until it dies at its point. A process that lives on until the job has
 * settled is told to stop, and may still die on its way out.
 * @throws when it ends in any other way
 */
export async function runUntilDeath(options: {
  site: Site;
  role: CrashRole;
  /** `undefined`: it lives until the job has settled. */
  crash: Crash | undefined;
  /** Files loaded before the process, after the harness's own. */
  preloads: readonly string[];
  /** Of this life within its run. */
  name: string;
  settled: AbortSignal;
}): Promise<Life> {
  const { site, role, crash, settled } = options;
  const log = join(site.folder, `${options.name}.interactions.log`);
  const child = await startChild({
    command: process.execPath,
    args: [
      ...[preload, ...options.preloads].flatMap((file) => ['--import', file]),
      ...site.scenario.command(role),
    ],
    env: {
      ...site.env,
      WORKER_ID: options.name,
      [crashEnv.point]: crash === undefined ? '' : JSON.stringify(crash),
      [crashEnv.log]: log,
      [crashEnv.role]: role,
    },
    logFile: join(site.folder, `${options.name}.log`),
    stopSignal: 'SIGTERM',
    cwd: checkoutDir,
  });
  const stop = () => void child.stop(stopWithinMs);
  settled.addEventListener('abort', stop, { once: true });
  if (settled.aborted) stop();
  const how = await child.ended.finally(() => settled.removeEventListener('abort', stop));
  const said = await readFile(log, 'utf8').catch(() => '');
  // Told to stop before it listened for that.
  if (how === 'SIGTERM' && said === '' && settled.aborted)
    return { role, crash, died: false, interactions: [] };
  return { role, crash, ...readLife(role, how, said) };
}

function readLife(role: CrashRole, how: string, log: string): Pick<Life, 'died' | 'interactions'> {
  const lines = log.trimEnd().split('\n');
  const died = lines.at(-1) === lastLine;
  if (how !== (died ? 'SIGKILL' : 'exit code 0')) {
    throw new Error(
      `the ${role} ended in a way of its own: ${how}; its last lines:\n${lines.slice(-3).join('\n')}`,
    );
  }
  const interactions = lines.flatMap((line) => {
    const [, nth, name] = /^(\d+) (.*)$/.exec(line) ?? [];
    return nth === undefined || name === undefined ? [] : [{ nth: Number(nth), name }];
  });
  return { died, interactions };
}
