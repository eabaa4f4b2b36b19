import { SetupError } from '../../platform/errors.ts';
import type { Settings } from '../../platform/settings.ts';
import { openS3, type S3 } from './client.ts';
import { Objects } from './objects.ts';

type BucketSettings = Pick<Settings, 's3Bucket' | 's3Endpoint' | 's3Region' | 's3PathStyle'>;

/**
 * The bucket of the settings. Nothing is reached before an object is.
 * @throws {SetupError} when the bucket is not named
 */
export function openBucket(settings: BucketSettings): Objects {
  const { s3Bucket: bucket } = settings;
  if (bucket === undefined) throw new SetupError('STORAGE=s3 needs the name of a bucket: set S3_BUCKET');
  let opened: Promise<S3> | undefined;
  return new Objects(bucket, () => {
    opened ??= openS3({
      bucket,
      endpoint: settings.s3Endpoint,
      region: settings.s3Region,
      pathStyle: settings.s3PathStyle === 'on',
    });
    return opened;
  });
}
