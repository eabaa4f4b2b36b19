import { OutsideStore } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const mostBytes = 1024;

/**
 * The key of a name below a prefix. Nothing in it is resolved on the way: a name that a server or a proxy could take for another is refused.
 * @throws {OutsideStore}
 */
export function keyOf(prefix: string, name: string): string {
  const parts = name.split('/');
  const key = prefix + name;
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain || /[\p{Cc}\\]/u.test(name) || !name.isWellFormed() || Buffer.byteLength(key) > mostBytes)
    throw new OutsideStore('it is no name of a file in the bucket');
  return key;
}

/** What keys below a folder of the place begin with; `.` is the place itself. */
export const folderKey = (prefix: string, folder: string): string =>
  folder === '.' ? prefix : `${keyOf(prefix, folder)}/`;
