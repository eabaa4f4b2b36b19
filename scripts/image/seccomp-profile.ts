// Writes deploy/seccomp/switchyard-sandbox.json: node scripts/image/seccomp-profile.ts && npm run format
// It is Docker's default profile as a container without capabilities has it on x86_64 and aarch64, which bubblewrap needs a few more calls than.
// Its conditions are resolved, so that it is a profile of the OCI's form too: Docker, containerd, CRI-O and runc all read it.
// Docker's profile is fetched as a Go module, so Go must be installed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadGoModule } from '../../server/dev/go-module.ts';

const profiles = {
  module: 'github.com/moby/profiles/seccomp',
  version: 'v0.3.0',
  sum: 'h1:1vJ94fIWXz206DLWq7ddPD6qLP82N7351JI/9iGy3IY=',
};
/** How Docker's profile and the OCI's name the architectures of our images. */
const arches = ['amd64', 'arm64'];
const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'];

/**
 * What bubblewrap calls as a user without capabilities; the kernel then asks for those of the namespaces that it made. Docker allows it
 * with CAP_SYS_ADMIN alone, and pivot_root never.
 */
const needed = ['clone', 'mount', 'pivot_root', 'sethostname', 'umount2', 'unshare'];

/** https://github.com/moby/profiles/blob/main/seccomp/seccomp.go */
interface Rule {
  names: string[];
  action: string;
  includes?: Condition;
  excludes?: Condition;
}

interface Condition {
  caps?: string[];
  arches?: string[];
}

const applies = ({ includes }: Rule) =>
  includes?.caps === undefined &&
  (includes?.arches === undefined || includes.arches.some((arch) => arches.includes(arch)));

/** Without its conditions, and without the calls that are allowed in any case. */
function resolved({ includes: _, excludes: __, ...rule }: Rule) {
  return { ...rule, names: rule.names.filter((name) => !needed.includes(name)) };
}

const file = join(await downloadGoModule(profiles), 'default.json');
const { defaultAction, defaultErrnoRet, syscalls } = JSON.parse(readFileSync(file, 'utf8')) as {
  defaultAction: string;
  defaultErrnoRet: number;
  syscalls: Rule[];
};
const profile = {
  defaultAction,
  defaultErrnoRet,
  architectures,
  syscalls: [
    { names: needed, action: 'SCMP_ACT_ALLOW' },
    ...syscalls
      .filter(applies)
      .map(resolved)
      .filter(({ names }) => names.length > 0),
  ],
};
writeFileSync('deploy/seccomp/switchyard-sandbox.json', `${JSON.stringify(profile, null, 2)}\n`);
