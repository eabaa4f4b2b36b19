import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMoto } from '../../server/dev/s3/moto.ts';
import { type S3ServerKind, startS3Server } from '../../server/dev/s3/start.ts';
import { isVersitygwBuilt } from '../../server/dev/s3/versitygw.ts';

/** Why a server cannot be had here; `undefined`: it can. */
async function whyNot(kind: S3ServerKind): Promise<string | undefined> {
  if (kind === 'versitygw')
    return (await isVersitygwBuilt()) ? undefined : 'versitygw is not built: npm run s3-server builds it';
  return findMoto().then(
    () => undefined,
    (error: Error) => `moto cannot be installed by pip: ${error.message.split('\n')[0]}`,
  );
}

/** The S3 servers that tests run on: moto's everywhere, versitygw where it was built. */
export const s3Servers = await Promise.all(
  (['moto', 'versitygw'] as const).map(async (kind) => {
    const missing = await whyNot(kind);
    return { kind, missing, note: missing === undefined ? '' : ` (skipped: ${missing})` };
  }),
);

/** The one that checks most of those that can be had. */
export const s3Server = s3Servers.findLast(({ missing }) => missing === undefined) ?? s3Servers[0];

/** A server of the test's own; this process gets the credentials for it. */
export async function startTestS3(kind: S3ServerKind) {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-s3-'));
  const server = await startS3Server({ kind, folder });
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) process.env[name] = server.env[name];
  return {
    ...server,
    settings: {
      storage: 's3',
      s3Bucket: server.bucket,
      s3Endpoint: server.endpoint,
      s3PathStyle: 'on',
    } as const,
    async stop() {
      await server.child.stop(5_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type TestS3 = Awaited<ReturnType<typeof startTestS3>>;
