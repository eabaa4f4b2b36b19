import { JobError } from 'pg-switchyard/errors';
import { buildGit, type Git, isRefMissing } from './build-git.ts';
import type { Checkout, CheckoutOptions, Wanted } from './checkout-options.ts';
import { BuildErrorCode } from './error-codes.ts';
import { refsOf, requireWholeHash } from './git-refs.ts';
import { lfsPointers } from './lfs-pointers.ts';
import { someOf } from './named-paths.ts';
import type { AllowedRepository } from './repository.ts';
import { fetchSubmodules, type Submodule, submodulesOf } from './submodules.ts';

/**
 * Fetches one commit into an empty folder and checks it out, with its submodules where that is wanted: the commit that is
 * named, else what the branch or tag names now. What Git LFS keeps elsewhere is not fetched.
 * @throws {JobError} `CLONE_FAILED`; another try may help, unless the branch is not there. `BUILD_FAILED` for what is refused
 */
export async function checkOut(
  repository: AllowedRepository,
  wanted: Wanted,
  folder: string,
  options: CheckoutOptions,
): Promise<Checkout> {
  const refs = wanted.commit === undefined ? refsOf(wanted.branch) : [wanted.commit];
  if (wanted.commit !== undefined) requireWholeHash(wanted.commit);
  const git = buildGit(repository, folder, options.limits);
  await git('init', '--quiet', '--template=');
  await fetchFirst(git, repository, refs, wanted);
  await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const commit = (await git('rev-parse', 'HEAD')).trim();
  const submodules = await submodulesOf(git, folder);
  const missing = [...(await lfsPointers(git, folder))];
  if (!options.submodules) return { commit, missing: [...notFetched(submodules), ...missing] };
  return {
    commit,
    missing: [...missing, ...(await fetchSubmodules(submodules, { repository, folder, options, checkOut }))],
  };
}

/** Fetches the first of the refs that is there. */
async function fetchFirst(
  git: Git,
  { address }: AllowedRepository,
  refs: readonly string[],
  { branch }: Wanted,
): Promise<void> {
  for (const ref of refs) {
    try {
      const options = ['--depth=1', '--no-tags', '--no-recurse-submodules'];
      await git('fetch', ...options, '--end-of-options', address, ref);
      return;
    } catch (error) {
      if (!isRefMissing(error)) throw error;
      if (ref === refs.at(-1)) throw noSuchRef(branch, error);
    }
  }
}

const noSuchRef = (branch: string, cause: unknown) =>
  new JobError(
    BuildErrorCode.CLONE_FAILED,
    `the repository has no branch or tag ${JSON.stringify(branch)}: git fetch couldn't find remote ref`,
    { retryable: false, cause },
  );

function notFetched(submodules: readonly Submodule[]): string[] {
  if (submodules.length === 0) return [];
  const paths = submodules.map(({ path }) => path);
  return [`submodules were not fetched, as BUILD_SUBMODULES is off: ${someOf(paths)}`];
}
