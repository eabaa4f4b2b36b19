import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExternalStorage, type Payload, StorageDriverClaim } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { isReference, retrieveStored, storeLarge } from '../../src/platform/external-payloads.ts';
import { StoreFailure } from '../../src/storage/failures.ts';
import { createExternalStorage, type PayloadSettings } from '../../src/storage/payloads.ts';
import { openS3 } from '../../src/storage/s3/client.ts';
import { s3Servers, startTestS3, type TestS3 } from '../support/s3.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-payloads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = (value: unknown): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(value)),
});
const text = (payload: Payload | undefined) => Buffer.from(payload?.data ?? []).toString();
const large = json('x'.repeat(300_000));
const target = (id: string, runId?: string) =>
  ({ kind: 'workflow', namespace: 'default', type: 'Echo', id, ...(runId && { runId }) }) as const;

function open(settings: PayloadSettings): ExternalStorage & { drivers: { removeOf?: unknown }[] } {
  const storage = createExternalStorage({ ...settings, externalStorage: 'on' });
  if (storage === undefined) throw new Error('there is no external storage');
  return storage;
}

type Remover = { removeOf(workflow: { namespace: string; type: string; id: string }): Promise<void> };
const removerOf = (storage: ExternalStorage) => storage.drivers[0] as unknown as Remover;

/** The claim of a reference. */
const claimOf = (payload: Payload | undefined): Record<string, string> => JSON.parse(text(payload)).claimData;

/** A reference with another claim. */
const withClaim = (reference: Payload | undefined, claimData: Record<string, string>): Payload => ({
  ...reference,
  data: Buffer.from(JSON.stringify({ ...JSON.parse(text(reference)), claimData })),
});

function keepsPayloads(settings: () => PayloadSettings, away: () => Promise<PayloadSettings>): void {
  test('keeps a large payload, and leaves a small one as it is', async () => {
    const storage = open(settings());
    const [reference, small] = await storeLarge(storage, target('order-1'), [large, json('small')]);
    expect(isReference(reference ?? {})).toBe(true);
    expect(Number(reference?.externalPayloads?.[0]?.sizeBytes)).toBeGreaterThan(300_000);
    expect(text(small)).toBe('"small"');
    const [read] = await retrieveStored(storage, [reference ?? {}]);
    expect(text(read)).toBe(text(large));
    expect(Buffer.from(read?.metadata?.['encoding'] ?? []).toString()).toBe('json/plain');
  });

  test('stores the same twice in the same place, also at once', async () => {
    const storage = open(settings());
    const id = randomUUID();
    const both = await Promise.all([1, 2].map(() => storeLarge(storage, target(id), [large])));
    const again = await storeLarge(storage, target(id), [large]);
    expect(new Set([...both, again].map(([reference]) => JSON.stringify(claimOf(reference)))).size).toBe(1);
  });

  test('removes what belongs to a workflow, of all its runs, and nothing of others', async () => {
    const storage = open(settings());
    const targets = [target('7'), target('7', 'run'), { ...target('7'), type: undefined }, target('71')];
    const references = await Promise.all(
      targets.map(async (of, i) => {
        const { type, ...rest } = of;
        const known = type === undefined ? rest : of;
        return (
          await storeLarge(storage, known as typeof of & { type: string }, [json(`${i}`.repeat(300_000))])
        )[0];
      }),
    );
    await removerOf(storage).removeOf({ namespace: 'default', type: 'Echo', id: '7' });
    const [kept] = await retrieveStored(storage, references.slice(3) as Payload[]);
    expect(text(kept)).toHaveLength(300_002);
    for (const gone of references.slice(0, 3))
      await expect(retrieveStored(storage, [gone ?? {}])).rejects.toThrow(/is no longer there$/);
    await removerOf(storage).removeOf({ namespace: 'default', type: 'Echo', id: '7' });
  });

  test('takes the claims of drivers in other languages, and refuses one without a hash or with another', async () => {
    const storage = open(settings());
    const [reference] = await storeLarge(storage, target('8'), [large]);
    const claim = claimOf(reference);
    const { hash_algorithm, hash_value, hashAlgorithm, hashValue, ...place } = claim;
    for (const hash of [
      { hash_algorithm, hash_value },
      { hashAlgorithm, hashValue },
    ]) {
      const [read] = await retrieveStored(storage, [
        withClaim(reference, { ...place, ...hash } as typeof claim),
      ]);
      expect(text(read)).toBe(text(large));
    }
    await expect(retrieveStored(storage, [withClaim(reference, place)])).rejects.toThrow(/has no SHA-256/);
    const other = { ...place, hash_algorithm: 'sha256', hash_value: 'ab'.repeat(32) };
    await expect(retrieveStored(storage, [withClaim(reference, other)])).rejects.toThrow(/was changed$/);
  });

  test('says before it reads that a payload is too large, and where it lies', async () => {
    const storage = open(settings());
    const [reference] = await storeLarge(storage, target('9'), [large]);
    await expect(retrieveStored(storage, [reference ?? {}], { mostBytes: 1_000 })).rejects.toThrow(
      /^it has 300\d+ bytes, and is read up to 1000: (bucket switchyard, key|path) /,
    );
  });

  test('that is away loses nothing: it is a failure of the store', async () => {
    const [reference] = await storeLarge(open(settings()), target('10'), [large]);
    const storage = open(await away());
    await rm(join(folder, 'unmounted'), { recursive: true, force: true });
    await expect(storeLarge(storage, target('10'), [large])).rejects.toThrow(StoreFailure);
    await expect(retrieveStored(storage, [reference ?? {}])).rejects.toThrow(StoreFailure);
  });
}

test('a folder that cannot be made is told at the start', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  expect(() => open({ payloadRoot: join(file, 'payloads') })).toThrow(
    /^PAYLOAD_ROOT names .*cannot be made: ENOTDIR/,
  );
  expect(createExternalStorage({ payloadRoot: join(file, 'payloads') })).toBeUndefined();
});

describe('payloads in a folder', () => {
  const settings = (): PayloadSettings => ({ payloadRoot: join(folder, 'payloads') });
  keepsPayloads(
    () => settings(),
    async () => ({ payloadRoot: join(folder, 'unmounted') }),
  );

  test.each(['../outside', '/etc/passwd', `${'a'.repeat(64)}/../x`, ''])(
    'are not read at %j',
    async (path) => {
      const driver = open(settings()).drivers[0];
      const claim = new StorageDriverClaim({ path, hash_algorithm: 'sha256', hash_value: 'x' });
      await expect(driver?.retrieve({}, [claim])).rejects.toThrow(/is not that of a payload$/);
    },
  );
});

for (const { kind, missing, note } of s3Servers) {
  describe.skipIf(missing !== undefined)(`payloads in a bucket of ${kind}${note}`, () => {
    let server: TestS3;
    beforeAll(async () => {
      server = await startTestS3(kind);
    });
    afterAll(() => server.stop());
    const settings = () => ({ ...server.settings, s3Prefix: 'others/' });
    keepsPayloads(settings, async () => ({
      ...settings(),
      s3Endpoint: `http://127.0.0.1:${await freePort()}`,
    }));

    test('have the keys of all SDKs, and the content that they read', async () => {
      const of = {
        kind: 'workflow',
        namespace: 'payments prod',
        type: 'ChargeWorkflow',
        id: 'order+123=abc~é',
        runId: '3f1d6c7a',
      } as const;
      const [reference] = await storeLarge(open(settings()), of, [large]);
      const { bucket, key, hash_value } = claimOf(reference);
      expect(bucket).toBe(server.bucket);
      expect(key).toBe(
        `v0/ns/payments%20prod/wt/ChargeWorkflow/wi/order%2B123%3Dabc%7E%C3%A9/ri/3f1d6c7a/d/sha256/${hash_value}`,
      );
      const { client, commands } = await openS3({ ...server, pathStyle: true });
      const { Body } = await client.send(new commands.GetObjectCommand({ Bucket: bucket, Key: key }));
      const content = await Body?.transformToByteArray();
      expect(
        createHash('sha256')
          .update(content ?? '')
          .digest('hex'),
      ).toBe(hash_value);
      client.destroy();
    });

    test('are read in this bucket alone, and no other files of it', async () => {
      const driver = open(settings()).drivers[0];
      const hash = { hash_algorithm: 'sha256', hash_value: 'x' };
      const read = (claim: Record<string, string>) =>
        driver?.retrieve({}, [new StorageDriverClaim({ ...claim, ...hash })]);
      await expect(read({ bucket: 'theirs', key: 'v0/a' })).rejects.toThrow(
        'the stored payload lies in the bucket "theirs"; "switchyard" alone is read',
      );
      await expect(read({ bucket: server.bucket, key: 'uploads/a.pdf' })).rejects.toThrow(
        /not one below v0\//,
      );
    });
  });
}
