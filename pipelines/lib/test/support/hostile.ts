import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunOptions, runCommand } from '../../commands/run-command.ts';
import type { Confinement, Sandbox } from '../../sandbox/policy.ts';

const secret = 'secret-of-another';

/** Python as its own installation has it, wherever that is: hostile programs are written in it. */
const python = JSON.parse(
  execFileSync(
    'python3',
    ['-c', 'import json, os, sys; print(json.dumps([os.path.realpath(sys.executable), sys.prefix]))'],
    {
      encoding: 'utf8',
    },
  ),
) as [executable: string, prefix: string];

/** What a hostile command finds on a worker's machine: other jobs, the worker, services on loopback, files of the account. */
export interface Prey {
  /** The folder of its own job, and that of another, which holds `secret`. */
  own: string;
  other: string;
  /** A process with the secret in its environment, such as the worker. */
  worker: ChildProcess;
  port: number;
  unixSocket: string;
  abstractSocket: string;
  /** Runs a program in its own folder, in the sandbox or without; answers what it said, its errors too. */
  attack(program: string[], sandbox: Sandbox | undefined, more?: Partial<RunOptions>): Promise<Attack>;
  end(): Promise<void>;
}

interface Attack {
  said: string;
  error: unknown;
  /** Whether it got hold of the secret. */
  stole: boolean;
}

export async function makePrey(): Promise<Prey> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-hostile-'));
  const [own, other] = [join(folder, 'own'), join(folder, 'other')];
  for (const path of [own, other, join(folder, 'tmp')]) await mkdir(path);
  await writeFile(join(other, 'secret'), secret);
  const worker = spawn('sleep', ['3600'], { env: { DATABASE_URL: secret }, stdio: 'ignore' });
  const unixSocket = join(folder, 'docker.sock');
  const abstractSocket = `switchyard-${process.pid}`;
  const servers = [await listen(0), await listen(unixSocket), await listen(`\0${abstractSocket}`)];
  const address = servers[0]?.address();
  return {
    own,
    other,
    worker,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    unixSocket,
    abstractSocket,
    attack: (program, sandbox, more) =>
      attack(program, { own, temporary: join(folder, 'tmp'), sandbox, more }),
    async end() {
      worker.kill('SIGKILL');
      for (const server of servers) server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Tells the secret to whoever asks. */
async function listen(where: number | string): Promise<Server> {
  const server = createServer((socket) => socket.end(secret).on('error', () => undefined));
  server.listen(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where });
  await once(server, 'listening');
  return server;
}

async function attack(
  [command = '', ...args]: string[],
  options: {
    own: string;
    temporary: string;
    sandbox: Sandbox | undefined;
    more: Partial<RunOptions> | undefined;
  },
): Promise<Attack> {
  const { own, temporary, sandbox, more } = options;
  const confinement: Confinement | undefined = sandbox && {
    sandbox: {
      ...sandbox,
      readable: [...sandbox.readable, ...(python[1].startsWith('/usr') ? [] : [python[1]])],
    },
    policy: { writable: [own], temporary },
  };
  const heard: Buffer[] = [];
  const error = await runCommand({
    ...{
      command,
      args,
      cwd: own,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      memoryMiB: 2_048,
      timeoutMs: 30_000,
    },
    ...{ signal: new AbortController().signal, onOutput: (chunk: Buffer) => heard.push(chunk), confinement },
    ...more,
  }).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  const said = Buffer.concat(heard).toString();
  return { said, error, stole: said.includes(secret) };
}

export const byPython = (program: string, ...args: (string | number)[]): string[] => [
  python[0],
  '-c',
  program,
  ...args.map(String),
];

/** Those of this machine whose command line holds the word. */
export async function processesWith(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, i) => lines[i]?.includes(word)).map(Number);
}

/** A process that starts `sleep` in the sandbox; the promise resolves when that runs. */
export function startingWorker(
  seconds: string,
  cwd: string,
  sandbox: Sandbox | undefined,
): [ChildProcess, Promise<unknown>] {
  const script = `
    import { startCommand } from './pipelines/lib/commands/start-command.ts';
    ${confinementSource(sandbox, cwd)}
    const script = 'echo running; sleep ' + process.argv[1];
    const { stdout } = await startCommand({
      command: 'sh', args: ['-c', script], cwd: ${JSON.stringify(cwd)},
      env: { PATH: '/usr/bin:/bin' }, memoryMiB: 1024, signal: new AbortController().signal, confinement,
    });
    stdout.pipe(process.stdout);`;
  const worker = spawn(process.execPath, ['--input-type=module', '-e', script, seconds], { cwd: checkout });
  return [worker, once(worker.stdout, 'data')];
}

const checkout = fileURLToPath(new URL('../../../..', import.meta.url));

/** For a script of a process of its own. */
const confinementSource = (sandbox: Sandbox | undefined, cwd: string) => `
    const sandbox = ${JSON.stringify(sandbox && { ...sandbox, seccomp: undefined })};
    const seccomp = Buffer.from('${sandbox?.seccomp.toString('base64') ?? ''}', 'base64');
    const confinement = sandbox && {
      sandbox: { ...sandbox, seccomp }, policy: { writable: [${JSON.stringify(cwd)}] },
    };`;

/** What a command says of file 60, which the process that starts it was given. */
export function inheriting(file: number, cwd: string, sandbox: Sandbox | undefined): string {
  const script = `
    import { runCommand } from './pipelines/lib/commands/run-command.ts';
    ${confinementSource(sandbox, cwd)}
    const { stdout } = await runCommand({
      command: 'sh', args: ['-c', 'cat /proc/self/fd/60'], cwd: ${JSON.stringify(cwd)},
      env: { PATH: '/usr/bin:/bin' }, memoryMiB: 1024, signal: new AbortController().signal,
      confinement,
    });
    console.log(stdout);`;
  const stdio = Array.from({ length: 61 }, (_, i) => (i === 60 ? file : i < 3 ? 'pipe' : 'ignore'));
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: checkout,
    stdio,
    encoding: 'utf8',
  });
}
