import { userInfo } from 'node:os';
import { join } from 'node:path';
import { sshProxyCommand } from '../lib/sandbox/launch.ts';
import type { SandboxPolicy } from '../lib/sandbox/policy.ts';
import type { AllowedRepository } from './repository.ts';

const defaultPorts = { http: 80, https: 443, ssh: 22 };

/** What ssh reads of the worker's account and machine: its keys, and the hosts that it knows. */
const sshFiles = () => [join(userInfo().homedir, '.ssh'), '/etc/ssh/ssh_config', '/etc/ssh/ssh_known_hosts'];

/** All that git may reach when it fetches: the host of the repository, or the folders that repositories may lie in. */
export function gitReach({ address, protocol, localRoots }: AllowedRepository): Partial<SandboxPolicy> {
  if (protocol === 'file') return { readable: localRoots ?? [address] };
  const { hostname, port } = new URL(address);
  const egress = [`${hostname}:${port || defaultPorts[protocol]}`];
  return protocol === 'ssh' ? { egress, readable: sshFiles() } : { egress };
}

/** In the sandbox all goes through its proxy: what is on this machine's loopback, and ssh, which asks no proxy by itself. */
export const gitEnvironmentInside = {
  no_proxy: '',
  NO_PROXY: '',
  GIT_SSH_COMMAND: `ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oProxyCommand="${sshProxyCommand}"`,
};
