import type { Confinement } from './policy.ts';
import { systemArguments } from './system-paths.ts';

/** Of what lies in memory: /dev/shm, and /tmp where no folder stands for it. */
const sharedMemoryBytes = 64 * 1024 * 1024;
const temporaryBytes = 16 * 1024 * 1024;

/** What a sandbox finds of the egress: the socket of the proxy, and the program that leads to it. */
export interface EgressMounts {
  socket: string;
  bridge: string;
  node: string;
}

/** Where these are inside. */
export const insideEgress: EgressMounts = {
  socket: '/run/switchyard/egress.sock',
  bridge: '/run/switchyard/egress-bridge.ts',
  node: '/run/switchyard/node',
};

export interface SandboxArguments extends Confinement {
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Left out: there is no way out of its network. */
  egress?: EgressMounts | undefined;
}

/**
 * The options of `bwrap` for a command: namespaces of its own, the system read-only, no rights, and of the machine's files what
 * the policy names. Pipes of ours give it filter and status by these descriptors.
 * https://github.com/containers/bubblewrap/blob/main/bwrap.xml
 */
export function bwrapArguments(
  { sandbox, policy, cwd, env, egress }: SandboxArguments,
  descriptors: { seccomp: number; status: number },
): string[] {
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts'],
    ...['--unshare-cgroup-try', '--hostname', 'sandbox'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--seccomp', String(descriptors.seccomp), '--json-status-fd', String(descriptors.status)],
    ...['--clearenv', ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value])],
    ...systemArguments(),
    // Read-only: root, even without any capability, may write settings of the whole machine in /proc/sys.
    ...(sandbox.hasProc ? ['--proc', '/proc', '--remount-ro', '/proc'] : []),
    ...['--dev', '/dev', '--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...temporary(policy.temporary),
    ...['--symlink', '/tmp', '/var/tmp'],
    ...bind('--ro-bind', sandbox.readable),
    ...bind('--ro-bind-try', policy.readable ?? []),
    ...bind('--bind-try', policy.writable),
    ...(egress === undefined ? [] : egressMounts(egress)),
    ...['--remount-ro', '/', '--chdir', cwd],
  ];
}

const bind = (option: string, paths: readonly string[]) => paths.flatMap((path) => [option, path, path]);

const temporary = (folder: string | undefined) =>
  folder === undefined ? ['--size', String(temporaryBytes), '--tmpfs', '/tmp'] : ['--bind', folder, '/tmp'];

const egressMounts = (from: EgressMounts) =>
  (['socket', 'bridge', 'node'] as const).flatMap((name) => ['--ro-bind', from[name], insideEgress[name]]);
