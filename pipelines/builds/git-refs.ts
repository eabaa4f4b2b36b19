import { JobError } from 'pg-switchyard';
import { BuildErrorCode } from './error-codes.ts';

/** Longer than any name that a file system keeps; an argument of a program may not be of any length. */
const mostBytes = 4_096;
const wholeHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

const refuse = (why: string) => new JobError(BuildErrorCode.BUILD_FAILED, why, { retryable: false });

/**
 * The refs that a row's `branch` may mean, the likeliest first: what begins with `refs/heads/` or `refs/tags/` is a whole
 * name; any other is a branch, else a tag, else a commit if it has the form of a hash.
 * @throws {JobError} `BUILD_FAILED` for what git allows no ref to be called
 */
export function refsOf(branch: string): string[] {
  const why = whyNoName(branch);
  if (why !== undefined)
    throw refuse(`the branch ${JSON.stringify(branch.slice(0, 200))} is no name of a branch or tag: ${why}`);
  if (/^refs\/(?:heads|tags)\/./.test(branch)) return [branch];
  return [`refs/heads/${branch}`, `refs/tags/${branch}`, ...(wholeHash.test(branch) ? [branch] : [])];
}

/** @throws {JobError} `BUILD_FAILED` */
export function requireWholeHash(commit: string): void {
  if (!wholeHash.test(commit))
    throw refuse(`the commit ${JSON.stringify(commit.slice(0, 200))} is not a whole hash of 40 or 64 digits`);
}

/** The rules of https://git-scm.com/docs/git-check-ref-format for what follows `refs/heads/`, and no leading "-". */
function whyNoName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > mostBytes) return `it has more than ${mostBytes} bytes`;
  if (name.startsWith('-')) return 'it begins with "-"';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what git refuses
  const strange = /[\x00-\x20\x7f~^:?*[\\]/.exec(name)?.[0];
  if (strange !== undefined) return `it holds ${JSON.stringify(strange)}`;
  const sequence = ['..', '@{', '//'].find((each) => name.includes(each));
  if (sequence !== undefined) return `it holds "${sequence}"`;
  if (name.startsWith('/') || name.endsWith('/')) return 'it begins or ends with "/"';
  if (name.endsWith('.')) return 'it ends with "."';
  const parts = name.split('/');
  if (parts.some((part) => part.startsWith('.'))) return 'a part of it begins with "."';
  if (parts.some((part) => part.endsWith('.lock'))) return 'a part of it ends with ".lock"';
  return undefined;
}
