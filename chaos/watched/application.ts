import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild } from '../../server/dev/child.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { environment } from '../../src/platform/environment.ts';
import type { Processes } from '../processes.ts';

const run = promisify(execFile);
const folderOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface Application {
  /** Its command, which may have to be built into the folder of the run. */
  command(folder: string): Promise<readonly [string, ...string[]]>;
  /** Why it cannot run here. */
  missing(): Promise<string | undefined>;
}

export const typescriptApplication: Application = {
  command: async () => [process.execPath, folderOf('worker.ts')],
  missing: async () => undefined,
};

export const goApplication: Application = {
  async command(folder) {
    const program = join(folder, 'go-worker');
    await run('go', ['build', '-o', program, '.'], { cwd: folderOf('go') });
    return [program];
  },
  missing: () =>
    run('go', ['version']).then(
      () => undefined,
      () => 'Go is not installed',
    ),
};

/** What the two workers of an application are called. */
export const workersOf = (taskQueue: string): string[] => [1, 2].map((number) => `${taskQueue}-${number}`);

/** Starts both. They are killed like processes of our own: a workflow survives its worker. */
export async function startApplication(
  application: Application,
  processes: Processes,
  { folder, temporalPort, taskQueue }: { folder: string; temporalPort: number; taskQueue: string },
): Promise<void> {
  const [command, ...args] = await application.command(folder);
  const env = {
    ...compileCache,
    PATH: environment()['PATH'],
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    TASK_QUEUE: taskQueue,
  };
  for (const name of workersOf(taskQueue)) {
    await processes.start(
      name,
      'SIGKILL',
      () => startChild({ command, args, env, logFile: join(folder, `${name}.log`), stopSignal: 'SIGTERM' }),
      { mayEnd: true },
    );
  }
}
