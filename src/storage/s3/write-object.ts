import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { StoredFile } from '../../platform/files.ts';
import { failureOf, isThereAlready, NoSuchObject } from './failures.ts';
import type { Objects } from './objects.ts';

const MiB = 1024 ** 2;
/** The least that a part may have. One part of an upload is held in memory. */
const partBytes = 5 * MiB;
/** The most that goes in one request. */
const mostAtOnce = 5 * 1024 ** 3;

/** Stores what a source gives under a new key: in one request, or in parts that become one object at the end. */
export async function putStream(
  objects: Objects,
  key: string,
  source: AsyncIterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  let broken: { error: unknown } | undefined;
  async function* counted() {
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  await objects
    .call(({ client, uploads }) =>
      new uploads.Upload({
        client,
        queueSize: 1,
        partSize: partBytes,
        params: {
          Bucket: objects.bucket,
          Key: key,
          Body: Readable.from(counted()),
          ChecksumAlgorithm: 'SHA256',
        },
      }).done(),
    )
    .catch((error: unknown) => {
      throw broken === undefined ? error : broken.error;
    });
  return { bytes, sha256: hash.digest('hex') };
}

/** Stores a local file, whose hash the store checks, unless its key is there: keys that name their content are written once. */
export async function putFile(objects: Objects, key: string, file: StoredFile): Promise<void> {
  if (file.bytes > mostAtOnce) return putLargeFile(objects, key, file);
  // What is held in memory is sent again by the client, should the answer be lost.
  const body = file.bytes <= partBytes ? await readFile(file.path) : createReadStream(file.path);
  await objects.call(({ client, commands }) =>
    client
      .send(
        new commands.PutObjectCommand({
          Bucket: objects.bucket,
          Key: key,
          Body: body,
          ContentLength: file.bytes,
          ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
          IfNoneMatch: '*',
        }),
      )
      .catch(unlessThere),
  );
}

/** Stores content from memory under a key that names it, unless it is there: a look is cheaper than to send it again. */
export async function putBytes(
  objects: Objects,
  key: string,
  { content, sha256 }: { content: Uint8Array; sha256: string },
  abortSignal: AbortSignal,
): Promise<void> {
  const place = { Bucket: objects.bucket, Key: key };
  await objects.call(async ({ client, commands }) => {
    const isThere = await client.send(new commands.HeadObjectCommand(place), { abortSignal }).then(
      () => true,
      (error: unknown) => {
        if (failureOf(error) instanceof NoSuchObject) return false;
        throw error;
      },
    );
    if (isThere) return;
    const command = new commands.PutObjectCommand({
      ...place,
      Body: content,
      ContentLength: content.length,
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
      IfNoneMatch: '*',
    });
    await client.send(command, { abortSignal }).catch(unlessThere);
  });
}

async function putLargeFile(objects: Objects, key: string, file: StoredFile): Promise<void> {
  await objects.call(({ client, uploads }) =>
    new uploads.Upload({
      client,
      queueSize: 1,
      partSize: 64 * MiB,
      params: {
        Bucket: objects.bucket,
        Key: key,
        Body: createReadStream(file.path),
        ChecksumAlgorithm: 'SHA256',
        IfNoneMatch: '*',
      },
    })
      .done()
      .catch(unlessThere),
  );
}

function unlessThere(error: unknown): undefined {
  if (!isThereAlready(error)) throw error;
  return undefined;
}
