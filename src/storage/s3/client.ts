import type { S3Client } from '@aws-sdk/client-s3';
import { SetupError, systemErrorCode } from '../../platform/errors.ts';

export interface S3Options {
  bucket: string;
  /** Left out: that of AWS for the region. */
  endpoint?: string | undefined;
  /** Left out: by the client's own configuration, `us-east-1` where an endpoint is given. */
  region?: string | undefined;
  /** Whether the bucket stands in the path, and not in the host name. */
  pathStyle: boolean;
}

const connectWithinMs = 5_000;
/** Nothing came or went for so long. */
const idleMs = 30_000;

/** The packages of the AWS client, which cost 20 to 35 MB of memory: loaded by the first call that needs them. */
export interface S3 {
  client: S3Client;
  commands: typeof import('@aws-sdk/client-s3');
  uploads: typeof import('@aws-sdk/lib-storage');
  signing: typeof import('@aws-sdk/s3-request-presigner');
}

/** Credentials are found by the client's own chain: environment, profiles, roles of the container or the machine. */
export async function openS3(options: S3Options): Promise<S3> {
  const [commands, uploads, signing] = await load();
  const region = options.region ?? (options.endpoint === undefined ? undefined : 'us-east-1');
  const client = new commands.S3Client({
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    ...(region !== undefined && { region }),
    forcePathStyle: options.pathStyle,
    requestHandler: { connectionTimeout: connectWithinMs, socketTimeout: idleMs },
    logger: silent,
  });
  return { client, commands, uploads, signing };
}

/** Its warnings go to the console, past our log; what matters is in its errors. */
const ignore = () => undefined;
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

async function load() {
  try {
    return await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/lib-storage'),
      import('@aws-sdk/s3-request-presigner'),
    ]);
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SetupError(
      'STORAGE=s3 needs the AWS client: npm install @aws-sdk/client-s3 @aws-sdk/lib-storage @aws-sdk/s3-request-presigner',
      { cause: error },
    );
  }
}
