import { lstat, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { JobError, realPathInside } from 'pg-switchyard';
import type { Git } from './build-git.ts';
import type { Checkout, CheckoutOptions, Place, Wanted } from './checkout-options.ts';
import { BuildErrorCode } from './error-codes.ts';
import { type AllowedRepository, allowedRepository } from './repository.ts';

/** Of one build: what a repository may ask for is bounded. */
const mostSubmodules = 100;
const deepest = 5;

export interface Submodule {
  path: string;
  commit: string;
  /** As `.gitmodules` has it; `undefined` where that names none. */
  url: string | undefined;
}

const refuse = (why: string) => new JobError(BuildErrorCode.BUILD_FAILED, why, { retryable: false });

/** Those that `.gitmodules` names and the commit holds. */
export async function submodulesOf(git: Git, folder: string): Promise<Submodule[]> {
  const file = await lstat(join(folder, '.gitmodules')).catch(() => undefined); // there are none
  if (file?.isFile() !== true) return [];
  const text = await git('config', '--blob=HEAD:.gitmodules', '--null', '--list');
  const modules = parseModules(text);
  if (modules.length === 0) return [];
  const tree = await git('ls-tree', '-z', 'HEAD', '--', ...modules.map(({ path }) => path));
  const commits = new Map(
    tree.split('\0').flatMap((line) => {
      const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return commit !== undefined && path !== undefined ? [[path, commit] as const] : [];
    }),
  );
  return modules.flatMap(({ path, url }) => {
    const commit = commits.get(path);
    return commit === undefined ? [] : [{ path, commit, url }];
  });
}

/** Lines of `submodule.<name>.<key>`, a line break and the value, each with a NUL behind it. */
function parseModules(text: string): { path: string; url: string | undefined }[] {
  const modules = new Map<string, Record<string, string>>();
  for (const entry of text.split('\0')) {
    const [, name, key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || key === undefined || value === undefined) continue;
    modules.set(name, { ...modules.get(name), [key]: value });
  }
  return Array.from(modules.values()).flatMap(({ path, url }) => (path === undefined ? [] : [{ path, url }]));
}

interface Parent {
  repository: AllowedRepository;
  folder: string;
  options: CheckoutOptions;
  checkOut: (
    repository: AllowedRepository,
    wanted: Wanted,
    folder: string,
    options: CheckoutOptions,
  ) => Promise<Checkout>;
}

/** Fetches each at the commit that its repository names, and theirs. Answers what is missing all the same, a sentence each. */
export async function fetchSubmodules(submodules: readonly Submodule[], parent: Parent): Promise<string[]> {
  const place = parent.options.place ?? { depth: 0, prefix: '', fetched: { count: 0 } };
  const missing: string[] = [];
  for (const submodule of submodules) {
    const path = place.prefix + submodule.path;
    const within = { depth: place.depth + 1, prefix: `${path}/`, fetched: place.fetched };
    const checkout = await fetchOne(submodule, parent, within).catch((error: unknown) => {
      throw error instanceof JobError ? named(path, error) : error;
    });
    missing.push(...checkout.missing.map((sentence) => `in submodule ${JSON.stringify(path)} ${sentence}`));
  }
  return missing;
}

async function fetchOne({ path, url, commit }: Submodule, parent: Parent, place: Place): Promise<Checkout> {
  const { repository, options } = parent;
  place.fetched.count += 1;
  if (place.fetched.count > mostSubmodules)
    throw refuse(`a build fetches ${mostSubmodules} submodules at most`);
  if (place.depth > deepest) throw refuse(`submodules are fetched ${deepest} deep at most`);
  if (url === undefined) throw refuse('.gitmodules names no url for it');
  const address = addressOf(url, repository.address);
  if (address.startsWith('/') && repository.protocol !== 'file')
    throw refuse('a repository at an address may not name a local path');
  const allowed = await allowedRepository(address, options.rules);
  await mkdir(join(parent.folder, path), { recursive: true });
  const folder = await realPathInside(parent.folder, path);
  if (folder === undefined) throw refuse('its path leads out of the repository');
  return parent.checkOut(allowed, { branch: 'main', commit }, folder, { ...options, place });
}

/** What begins with `./` or `../` is relative to the repository that names it, as if that were a folder. */
function addressOf(url: string, parent: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  return parent.startsWith('/') ? resolve(parent, url) : (URL.parse(url, `${parent}/`)?.href ?? url);
}

const named = (path: string, { code, message, retryable, cause }: JobError) =>
  new JobError(
    code,
    /^submodule "/.test(message) ? message : `submodule ${JSON.stringify(path)}: ${message}`,
    {
      retryable,
      cause,
    },
  );
