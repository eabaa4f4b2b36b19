import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from 'pg-switchyard';
import { type Child, startChild, untilServing } from '../child.ts';
import { freePort } from '../ports.ts';
import { findMoto } from './moto.ts';
import { findVersitygw } from './versitygw.ts';

/** The S3 servers that developers and tests use: moto keeps all in memory and believes anybody; versitygw checks signatures and hashes. */
export type S3ServerKind = 'moto' | 'versitygw';

/** An S3 server on loopback with one bucket. */
export interface S3Server {
  /** What a process is given to use it. */
  env: Readonly<Record<string, string>>;
  endpoint: string;
  bucket: string;
  child: Child;
}

const credentials = { AWS_ACCESS_KEY_ID: 'switchyard', AWS_SECRET_ACCESS_KEY: 'switchyard-on-loopback' };
const bucket = 'switchyard';

export async function startS3Server(options: {
  kind: S3ServerKind;
  /** Holds its log, and the data of versitygw. */
  folder: string;
  port?: number;
  say?: (line: string) => void;
}): Promise<S3Server> {
  const port = options.port ?? (await freePort());
  const data = join(options.folder, 'buckets');
  await mkdir(join(data, bucket), { recursive: true });
  const logFile = join(options.folder, 's3.log');
  const child = await startChild({
    ...(await programs[options.kind](port, data, options.say ?? (() => undefined))),
    logFile,
    stopSignal: 'SIGTERM',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilServing('the S3 server', child, logFile, () => answers(endpoint));
  // moto takes whatever asks; the bucket of versitygw is the folder.
  if (options.kind === 'moto') await fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
  const env = {
    ...credentials,
    STORAGE: 's3',
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_PATH_STYLE: 'on',
  };
  return { env, endpoint, bucket, child };
}

const programs = {
  async moto(port: number) {
    const packages = await findMoto();
    // Without the packages of the machine, which may be others.
    const args = ['-S', '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
    return { command: 'python3', args, env: { PATH: environment()['PATH'], PYTHONPATH: packages } };
  },
  async versitygw(port: number, data: string, say: (line: string) => void) {
    const env = {
      PATH: environment()['PATH'],
      ROOT_ACCESS_KEY: credentials.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_KEY: credentials.AWS_SECRET_ACCESS_KEY,
    };
    const args = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', data];
    return { command: await findVersitygw(say), args, env };
  },
} satisfies Record<S3ServerKind, unknown>;

const answers = (endpoint: string): Promise<boolean> =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );
