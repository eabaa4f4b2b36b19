import { JobError, realPathInside } from 'pg-switchyard';
import { BuildErrorCode } from './error-codes.ts';

/** Which repositories may be built. */
export interface RepositoryRules {
  /** `scheme://host` each. */
  addresses: readonly string[];
  localRoots: readonly string[];
}

export interface AllowedRepository {
  address: string;
  /** The one transport that git may use for it. */
  protocol: 'file' | 'http' | 'https' | 'ssh';
  /** Of a local one: the folders that it, and what it shares objects with, may lie in. */
  localRoots?: readonly string[];
}

const refuse = (why: string) => new JobError(BuildErrorCode.BUILD_FAILED, why, { retryable: false });

/**
 * What a row names as its repository, as git may be given it.
 * @throws {JobError} `BUILD_FAILED` for one that the rules do not name; its address, which may hold a secret, is not told
 */
export async function allowedRepository(
  repository: string,
  rules: RepositoryRules,
): Promise<AllowedRepository> {
  if (repository.startsWith('/')) {
    const address = await localPath(repository, rules);
    return { address, protocol: 'file', localRoots: rules.localRoots };
  }
  const url = URL.parse(repository);
  const protocol = (['http', 'https', 'ssh'] as const).find((name) => url?.protocol === `${name}:`);
  if (url === null || protocol === undefined)
    throw refuse('the repository is neither an absolute path nor an https:// or ssh:// address');
  if (
    url.password !== '' ||
    (url.username !== '' && (protocol !== 'ssh' || !/^\w[\w.-]*$/.test(url.username)))
  )
    throw refuse('the address of the repository holds a user or password, which it must not');
  if (url.search !== '' || url.hash !== '')
    throw refuse('the address of the repository holds "?" or "#", which it must not');
  const place = `${url.protocol}//${url.host}`;
  if (!rules.addresses.includes(place))
    throw refuse(`${place} is not among the addresses of BUILD_REPOSITORIES`);
  return { address: url.href, protocol };
}

async function localPath(path: string, { localRoots }: RepositoryRules): Promise<string> {
  for (const root of localRoots) {
    const inside = await realPathInside(root, path).catch(() => undefined);
    if (inside !== undefined) return inside;
  }
  throw refuse('the repository is not there, or not below a folder of BUILD_LOCAL_ROOTS');
}
