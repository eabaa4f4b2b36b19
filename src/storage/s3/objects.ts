import type { S3 } from './client.ts';
import { rethrowAsFailure } from './failures.ts';

interface ListedObject {
  key: string;
  modifiedAt: number;
}

/** The objects of one bucket, as the store needs them. */
export class Objects {
  readonly bucket: string;
  readonly #open: () => Promise<S3>;

  constructor(bucket: string, open: () => Promise<S3>) {
    [this.bucket, this.#open] = [bucket, open];
  }

  /** Calls the client, and tells its errors as failures of the store. */
  async call<T>(work: (s3: S3) => Promise<T>): Promise<T> {
    return rethrowAsFailure(this.#open().then(work));
  }

  /** What is stored under a key, and below it. */
  async under(key: string): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    for await (const page of this.#pages(key)) {
      for (const { Key = '', LastModified } of page.Contents ?? [])
        if (Key === key || Key.startsWith(`${key}/`))
          found.push({ key: Key, modifiedAt: LastModified?.getTime() ?? Date.now() });
    }
    return found;
  }

  /** Names at the top of a prefix: of objects, and of what lies below a name (`below`). */
  async *top(prefix: string): AsyncGenerator<{ name: string; below: boolean }> {
    for await (const page of this.#pages(prefix, '/')) {
      for (const { Key = '' } of page.Contents ?? []) yield { name: Key.slice(prefix.length), below: false };
      for (const { Prefix = '' } of page.CommonPrefixes ?? [])
        yield { name: Prefix.slice(prefix.length, -1), below: true };
    }
  }

  async remove(key: string): Promise<void> {
    await this.call(({ client, commands }) =>
      client.send(new commands.DeleteObjectCommand({ Bucket: this.bucket, Key: key })),
    );
  }

  /** Removes all whose keys begin with a prefix. */
  async removeBelow(prefix: string): Promise<void> {
    for await (const page of this.#pages(prefix))
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) await this.remove(Key);
  }

  /** Ends uploads of several parts that were begun before a time and never completed. Answers how many. */
  async abortUploads(prefix: string, before: number): Promise<number> {
    const uploads = await this.call(({ client, commands }) =>
      client.send(new commands.ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: prefix })),
    );
    const old = (uploads.Uploads ?? []).filter(({ Initiated }) => Initiated && Initiated.getTime() < before);
    for (const { Key, UploadId } of old)
      await this.call(({ client, commands }) =>
        client.send(new commands.AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId })),
      );
    return old.length;
  }

  async *#pages(prefix: string, delimiter?: string) {
    for (let token: string | undefined; ; ) {
      const page = await this.call(({ client, commands }) =>
        client.send(
          new commands.ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            ...(delimiter && { Delimiter: delimiter }),
            ...(token && { ContinuationToken: token }),
          }),
        ),
      );
      yield page;
      token = page.NextContinuationToken;
      if (page.IsTruncated !== true || token === undefined) return;
    }
  }
}
