import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';

const anyPorts = {
  API_PORT: '0',
  GATEWAY_PORT: '0',
  POSTGRES_PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
};

export interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

/** Runs of `npm start`, past the installation of packages, and their folders; all are gone at the end. */
export class Runs {
  readonly #runs: Run[] = [];
  readonly #folders: string[] = [];

  async makeDataDir(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-start-'));
    await chmod(folder, 0o755); // Postgres may run as another user
    this.#folders.push(folder);
    return folder;
  }

  start(dataDir: string, args: string[], settings: Record<string, string> = {}): Run {
    const {
      DATABASE_URL: _,
      TEMPORAL_ADDRESS: __,
      GATEWAY_URL: ___,
      TEMPORAL_DEBUG: ____,
      ...env
    } = process.env;
    const child = spawn(process.execPath, ['server/dev/main.ts', '--data-dir', dataDir, ...args], {
      env: { ...env, ...anyPorts, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    const ended = new Promise<number | null>((done) => child.on('close', done));
    const run = { child, output: () => text, ended };
    this.#runs.push(run);
    return run;
  }

  /** The last one first: others may run on its Postgres. */
  async end(): Promise<void> {
    for (const { child, ended } of this.#runs.reverse()) {
      child.kill('SIGTERM');
      await ended;
    }
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }
}

export const readStackFile = async (dataDir: string) =>
  JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')) as Record<string, string> & {
    pids: Record<string, number>;
  };

export const untilUp = (run: Run) =>
  until(async () => {
    if (run.child.exitCode !== null) throw new Error(run.output());
    return run.output().includes('Switchyard runs.');
  });
