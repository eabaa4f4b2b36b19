import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ErrorCode, JobError } from 'pg-switchyard';
import type { Git } from './git.ts';
import { type GitDirectories, noRepository } from './git-view.ts';

/** What a repository's configuration says that git needs, or that tools may want. None of it runs a program. */
export interface RepositoryConfig {
  /** The part of a configuration file that says how objects are stored. */
  format: string;
  /** Addresses of remotes, and who commits. */
  forTools: string;
}

const wanted = /^(remote\..+\.(url|pushurl|fetch)|user\.(name|email))$/s;
const supported = new Set(['objectformat', 'worktreeconfig', 'noop', 'preciousobjects', 'partialclone']);

/** Reads it again only when the file has changed. */
export function repositoryConfig(git: Git): (directories: GitDirectories) => Promise<RepositoryConfig> {
  let known: { mark: string; config: Promise<RepositoryConfig> } | undefined;
  return async (directories) => {
    const { mtimeMs, size, ino } = await stat(join(directories.common, 'config')).catch(noRepository);
    const mark = `${directories.common} ${mtimeMs} ${size} ${ino}`;
    if (known?.mark === mark) return known.config;
    const config = readConfig(git, directories);
    config.catch(() => {
      known = undefined;
    });
    known = { mark, config };
    return config;
  };
}

/** Reads the file as data: nothing of it is applied, and nothing that it includes is read. */
async function readConfig(git: Git, { common }: GitDirectories): Promise<RepositoryConfig> {
  let said = Buffer.alloc(0);
  await git(['config', '--file', join(common, 'config'), '--no-includes', '--null', '--list'], {
    cwd: '/',
    env: { GIT_DIR: '/dev/null' }, // else git reads the configuration of the folder that it stands in
    signal: AbortSignal.timeout(20_000),
    onStdout: (chunk) => {
      said = Buffer.concat([said, chunk]);
    },
  });
  const entries = said
    .toString()
    .split('\0')
    .filter(Boolean)
    .map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0
        ? { name: entry, value: 'true' }
        : { name: entry.slice(0, end), value: entry.slice(end + 1) };
    });
  const extensions = entries.filter(({ name }) => name.startsWith('extensions.'));
  const strange = extensions.find(({ name }) => !supported.has(name.slice('extensions.'.length)));
  if (strange !== undefined)
    throw new JobError(
      ErrorCode.IO_ERROR,
      `AGENT_REPOSITORY uses ${strange.name}=${strange.value}, which agent runs do not support; clone it without`,
      { retryable: false },
    );
  const objects = extensions.filter(({ name }) => name === 'extensions.objectformat');
  const version = { name: 'core.repositoryformatversion', value: objects.length > 0 ? '1' : '0' };
  return {
    format: [version, ...objects].map(asText).join(''),
    forTools: entries
      .filter(({ name }) => wanted.test(name))
      .map(asText)
      .join(''),
  };
}

function asText({ name, value }: { name: string; value: string }): string {
  const [first, last] = [name.indexOf('.'), name.lastIndexOf('.')];
  const subsection = first === last ? '' : ` ${quoted(name.slice(first + 1, last))}`;
  return `[${name.slice(0, first)}${subsection}]\n\t${name.slice(last + 1)} = ${quoted(value).replaceAll('\n', '\\n')}\n`;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
