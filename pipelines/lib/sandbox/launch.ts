import { fileURLToPath } from 'node:url';
import type { CommandOptions } from '../commands/command-options.ts';
import { bwrapArguments, type EgressMounts, insideEgress } from './bwrap-arguments.ts';
import { openEgressProxy } from './egress-proxy.ts';
import { inheritedFiles } from './inherited-files.ts';
import type { Confinement } from './policy.ts';

/** On the sandbox's own loopback, where nothing else listens. */
const proxyPort = 3128;
const proxyAddress = `http://127.0.0.1:${proxyPort}`;

/** By the names that curl, git, npm, pip and others look at; Node's own `fetch` needs the last one. */
const proxyEnvironment = {
  http_proxy: proxyAddress,
  https_proxy: proxyAddress,
  HTTP_PROXY: proxyAddress,
  HTTPS_PROXY: proxyAddress,
  NODE_USE_ENV_PROXY: '1',
};

/** Servers that a command starts itself are on its own loopback; where a command says otherwise, as git does, that counts. */
const notByProxy = { no_proxy: 'localhost,127.0.0.1,::1', NO_PROXY: 'localhost,127.0.0.1,::1' };

/** ssh's way out, an argument of its own. */
export const sshProxyCommand = `${insideEgress.node} ${insideEgress.bridge} connect ${insideEgress.socket} %h:%p`;

/** Descriptors that `bwrap` is given after standard input, output and error. */
const descriptors = { options: 3, seccomp: 4, status: 5 };

/** How a program is spawned. */
export interface Launch {
  command: string;
  args: readonly string[];
  /** Of `bwrap`, not of the command. */
  env: Readonly<Record<string, string>>;
  /** What the descriptors from 3 on are given; behind them is one that tells how it went: see `wasStarted`. */
  input: readonly Buffer[];
  /** Open files of ours that it would get, and must not. */
  withheld: readonly number[];
  close(): Promise<void>;
}

/**
 * A shell that sets a limit and becomes the command. Only a process of the sandbox can set it, for its own user namespace; the kernel then
 * refuses more processes and threads than that, except to root. What a shell calls that limit differs.
 */
const limited = (mostTasks: number) => [
  ...['/bin/sh', '-c', `{ ulimit -u ${mostTasks} || ulimit -p ${mostTasks}; } 2>/dev/null; exec "$@"`, 'sh'],
];

/**
 * Prepares a command for the sandbox. Its options travel by a pipe: a command line can be read by everybody on the machine, and
 * holds secrets of the environment.
 * @param mark what `bwrap` itself has in its environment, and the command besides its own
 */
export async function launchConfined(
  options: Pick<CommandOptions, 'command' | 'args' | 'cwd' | 'env' | 'mostProcesses'>,
  { sandbox, policy }: Confinement,
  mark: Readonly<Record<string, string>>,
): Promise<Launch> {
  requireNoNul([options.cwd, ...Object.entries(options.env).flat(), ...policy.writable]);
  const proxy = policy.egress?.length ? await openEgressProxy(policy.egress) : undefined;
  const env = proxy === undefined ? options.env : { ...notByProxy, ...options.env, ...proxyEnvironment };
  const egress: EgressMounts | undefined = proxy && {
    socket: proxy.socket,
    bridge: fileURLToPath(new URL('./egress-bridge.ts', import.meta.url)),
    node: process.execPath,
  };
  const bridge =
    proxy === undefined
      ? []
      : [insideEgress.node, insideEgress.bridge, 'run', insideEgress.socket, String(proxyPort)];
  const limit = options.mostProcesses === undefined ? [] : limited(2 * options.mostProcesses);
  const inside = [...bridge, options.command, ...options.args];
  const { cwd } = options;
  const args = bwrapArguments({ sandbox, policy, cwd, env: { ...env, ...mark }, egress }, descriptors);
  return {
    command: sandbox.program,
    args: ['--args', String(descriptors.options), '--', ...limit, ...inside],
    env: mark,
    input: [Buffer.from(args.map((arg) => `${arg}\0`).join('')), sandbox.seccomp],
    withheld: inheritedFiles(),
    close: async () => proxy?.close(),
  };
}

/** Words of `--args` end with a NUL: what stands behind one in a word would be an option of its own. */
function requireNoNul(words: readonly string[]): void {
  const strange = words.find((word) => word.includes('\0'));
  if (strange !== undefined)
    throw new Error(`a folder or variable of a command holds a NUL character: ${JSON.stringify(strange)}`);
}

/** Whether the command was started at all, by what `bwrap` tells behind `input`; else the sandbox could not be made. */
export const wasStarted = (status: string): boolean => status.includes('"exit-code"');
