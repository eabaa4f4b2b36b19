import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startS3Server } from '../server/dev/s3/start.ts';
import { findVersitygw } from '../server/dev/s3/versitygw.ts';
import type { Processes } from './processes.ts';

export const storageKinds = ['folders', 's3'] as const;
export type StorageKind = (typeof storageKinds)[number];

/** An S3 server over a folder. */
export interface Store {
  /** Its bucket: each object is the file that its key names. */
  folder: string;
  /** What the roles are told, apart from the address. */
  env: Record<string, string>;
}

/** Starts it as the part "s3", and builds it the first time. It keeps its objects when it is killed. */
export async function startStore(
  processes: Processes,
  options: { folder: string; port: number; say: (line: string) => void },
): Promise<Store> {
  const { port, say } = options;
  const folder = join(options.folder, 's3');
  await mkdir(folder);
  await findVersitygw(say);
  const start = () => startS3Server({ kind: 'versitygw', folder, port });
  let server: Awaited<ReturnType<typeof start>> | undefined;
  await processes.start('s3', 'SIGKILL', async () => {
    server = await start();
    return server.child;
  });
  if (server === undefined) throw new Error('the S3 server was not started');
  const { S3_ENDPOINT: _, ...env } = server.env;
  return { folder: join(folder, 'buckets', server.bucket), env };
}
