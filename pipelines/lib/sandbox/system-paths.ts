import { lstatSync, readlinkSync } from 'node:fs';

/** Programs and libraries. */
const roots = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** What programs look up below /etc and everybody may know. The rest of it, such as private keys, is not there. */
const etc = [
  ...['passwd', 'group', 'nsswitch.conf', 'hosts', 'host.conf', 'gai.conf', 'services', 'protocols'],
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'os-release', 'debian_version'],
  ...['ssl/certs', 'ssl/openssl.cnf', 'pki/tls/certs', 'pki/ca-trust', 'ca-certificates'],
  ...['localtime', 'timezone', 'mime.types', 'locale.alias', 'locale.conf'],
].map((name) => `/etc/${name}`);

/** All that every command may read. Where /bin is a link into /usr it is one inside, too. */
export const systemPaths: readonly string[] = [...roots, ...etc];

export function systemArguments(): string[] {
  return [
    ...roots.flatMap((path) => {
      const info = lstatSync(path, { throwIfNoEntry: false });
      if (info === undefined) return [];
      return info.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
    }),
    ...etc.flatMap((path) => ['--ro-bind-try', path, path]),
  ];
}
