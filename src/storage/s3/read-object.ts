import type { Readable } from 'node:stream';
import { StoreFailure } from '../failures.ts';
import type { ByteRange, StoredContent } from '../store.ts';
import { failureOf, NoSuchObject } from './failures.ts';
import type { Objects } from './objects.ts';

/** An object of the bucket that is open for reading: all its parts are of one version. */
export async function openObject(objects: Objects, key: string): Promise<StoredContent> {
  const { ContentLength: bytes = 0, ETag: version } = await headOf(objects, key);
  const stream = (range?: ByteRange): Promise<Readable> =>
    objects.call(async ({ client, commands }) => {
      const { Body } = await client.send(
        new commands.GetObjectCommand({
          Bucket: objects.bucket,
          Key: key,
          IfMatch: version,
          ...(range && { Range: `bytes=${range.start}-${range.end}` }),
        }),
      );
      return Body as Readable;
    });
  return {
    bytes,
    chunks: () => chunksOf(stream),
    stream,
    close: async () => undefined,
  };
}

/**
 * The whole content of a small object.
 * @throws {StoreFailure} for one of more bytes than `mostBytes`, among others
 */
export function readWhole(
  objects: Objects,
  key: string,
  mostBytes: number,
  abortSignal: AbortSignal,
): Promise<Uint8Array> {
  return objects.call(async ({ client, commands }) => {
    const command = new commands.GetObjectCommand({ Bucket: objects.bucket, Key: key });
    const { Body, ContentLength: bytes = 0 } = await client.send(command, { abortSignal });
    if (bytes <= mostBytes) return (await Body?.transformToByteArray()) ?? new Uint8Array();
    (Body as Readable | undefined)?.destroy();
    throw new StoreFailure(
      `an object of ${bytes} bytes, where ${mostBytes} are the most`,
      'EFBIG',
      'answers',
    );
  });
}

/** A bucket that is not there is told from an object that is not: the answer to HEAD has no words. */
async function headOf(objects: Objects, key: string) {
  const { bucket } = objects;
  return objects.call(async ({ client, commands }) => {
    try {
      return await client.send(new commands.HeadObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (failureOf(error) instanceof NoSuchObject) await requireBucket(objects);
      throw error;
    }
  });
}

/** @throws {StoreFailure} when the bucket is not there, or is not ours to use */
export async function requireBucket(objects: Objects): Promise<void> {
  await objects.call(async ({ client, commands }) => {
    try {
      await client.send(new commands.HeadBucketCommand({ Bucket: objects.bucket }));
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFound') error.name = 'NoSuchBucket';
      throw error;
    }
  });
}

async function* chunksOf(stream: () => Promise<Readable>): AsyncGenerator<Uint8Array> {
  const body = await stream();
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    throw failureOf(error);
  } finally {
    body.destroy();
  }
}
