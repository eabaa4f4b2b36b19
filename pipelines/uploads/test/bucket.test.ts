import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStorage } from '../../../src/storage/storage.ts';
import type { FileStore } from '../../../src/storage/store.ts';
import { s3Server, startTestS3, type TestS3 } from '../../../test/support/s3.ts';
import { until } from '../../../test/support/until.ts';
import { uploadPlace } from '../../lib/places.ts';
import { createUploads, type Uploads } from './support/uploads.ts';

describe.skipIf(s3Server?.missing !== undefined)(`documents in a bucket${s3Server?.note}`, () => {
  let s3: TestS3;
  let uploads: Uploads;
  let bucket: FileStore;
  let folder: string;
  /** What a worker has for itself; it is made when it is needed. */
  let own: string;
  beforeAll(async () => {
    s3 = await startTestS3(s3Server?.kind ?? 'moto');
    bucket = createStorage(s3.settings).at(uploadPlace({ uploadRoot: '/nowhere' }));
    uploads = await createUploads();
    folder = await mkdtemp(join(tmpdir(), 'switchyard-documents-'));
    own = join(folder, 'uploads');
    await uploads.startWorker({ ...s3.env, UPLOAD_ROOT: own, MAX_UPLOAD_BYTES: '1000' });
  });
  afterAll(async () => {
    await uploads.close();
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function insert(content: string): Promise<string> {
    const path = `${randomUUID()}.md`;
    await bucket.put(path, Readable.from([Buffer.from(content)]));
    return uploads.insert({ path, content, stored: false });
  }

  test('that is too large is refused before it is copied', async () => {
    const id = await insert('x'.repeat(1001));
    expect(await uploads.untilState(id, 'failed')).toMatchObject({ error_code: 'TOO_LARGE' });
    await expect(readdir(own)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is read by a worker with a folder of its own, and its text is put beside it', async () => {
    const id = await insert('# A title\n');
    await uploads.untilState(id, 'done');
    const { rows } = await uploads.pool.query<{ text_path: string }>(
      'SELECT text_path FROM upload_pipeline.documents JOIN upload_pipeline.upload_jobs USING (document_id) WHERE job_id = $1',
      [id],
    );
    expect(await text(await (await bucket.open(rows[0]?.text_path ?? '')).stream())).toBe('# A title\n\f');
    expect(await readdir(join(own, '.parsing'))).toEqual([]);
  });

  test('that cannot be copied to the worker is tried again until it can be', async () => {
    await rm(own, { recursive: true });
    await writeFile(own, 'a file where the folder belongs');
    const id = await insert('# Another title\n');
    const failed = 'could not be copied to this machine (ENOTDIR)';
    await until(async () => uploads.lines.some((line) => JSON.stringify(line).includes(failed)));
    await rm(own);
    await uploads.untilState(id, 'done');
  });
});
