import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CopyFailure, type FileStore, type StoredContent } from '../store.ts';
import { folderKey, keyOf } from './keys.ts';
import type { Objects } from './objects.ts';
import { openObject, requireBucket } from './read-object.ts';
import { putFile, putStream } from './write-object.ts';

/** How long an address for a download is good for. */
const goodForSeconds = 5 * 60;

/**
 * Files in a bucket, below a prefix. What is published under a name is stored below it by its hash (`results/<id>.xml/<sha256>`), so a
 * second run writes nothing, two runs never write one object, and what a row names never changes.
 */
export function createS3Store(objects: Objects, prefix: string, options: { redirects: boolean }): FileStore {
  const at = (name: string) => keyOf(prefix, name);
  return {
    prepare: async () => undefined,

    async put(name, source) {
      return { path: name, ...(await putStream(objects, at(name), source)) };
    },

    async place(name, file) {
      const published = `${name}/${file.sha256}`;
      await putFile(objects, at(published), file);
      // What nobody names goes with the job. It may be another run's, whose content is the same.
      return { publish: async () => published, remove: async () => undefined };
    },

    open: async (name) => openObject(objects, at(name)),

    async local(name, copy, mostBytes = Number.POSITIVE_INFINITY) {
      const object = await openObject(objects, at(name));
      if (object.bytes <= mostBytes) await copyTo(copy, object);
      return { path: copy, bytes: object.bytes, name };
    },

    async remove(name) {
      for (const { key } of await objects.under(at(name))) await objects.remove(key);
    },

    async removeOlder(name, olderThanMs) {
      const found = await objects.under(at(name));
      const before = Date.now() - olderThanMs;
      if (found.length === 0 || found.some(({ modifiedAt }) => modifiedAt > before)) return false;
      for (const { key } of found) await objects.remove(key);
      return true;
    },

    async *names(ending) {
      for await (const { name, below } of objects.top(prefix)) {
        if (ending === '' ? below : name.endsWith(ending)) yield name;
      }
    },

    sweep: (folder, olderThanMs) => objects.abortUploads(folderKey(prefix, folder), Date.now() - olderThanMs),
    requireRoom: async () => undefined,
    check: () => requireBucket(objects),

    async downloadUrl(name, headers) {
      if (!options.redirects) return undefined;
      return objects.call(({ client, commands, signing }) =>
        signing.getSignedUrl(
          client,
          new commands.GetObjectCommand({
            Bucket: objects.bucket,
            Key: at(name),
            ResponseContentType: headers.contentType,
            ResponseContentDisposition: headers.contentDisposition,
          }),
          { expiresIn: goodForSeconds },
        ),
      );
    },
  };
}

async function copyTo(path: string, { chunks }: StoredContent): Promise<void> {
  const failed = (cause: unknown): never => {
    throw new CopyFailure('it could not be copied to this machine', { cause });
  };
  await mkdir(dirname(path), { recursive: true }).catch(failed);
  const file = await open(path, 'w').catch(failed);
  try {
    for await (const chunk of chunks()) await file.writeFile(chunk).catch(failed);
  } finally {
    await file.close();
  }
}
