import { z } from 'zod';
import { folder, oneOf, type Settings, setting, wholeNumber } from './setting.ts';

export const fileSettings = {
  resultRoot: folder(
    'RESULT_ROOT',
    '.data',
    'Results are stored in results/ below it, shared by all workers and the API',
  ),
  stagingRoot: folder(
    'STAGING_ROOT',
    '.data/staging',
    'Where a gateway answer waits to be stored; shared by all workers',
  ),
  storage: oneOf(
    'STORAGE',
    ['folders', 's3'],
    'folders',
    'Where uploads, results, artifacts and logs are kept: in the folders that are named here, or in a bucket (docs/storage.md)',
  ),
  s3Bucket: setting(
    'S3_BUCKET',
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/i)
      .optional(),
    'the name of a bucket (not set by default)',
    'The bucket of STORAGE=s3; it must exist',
  ),
  s3Endpoint: setting(
    'S3_ENDPOINT',
    z
      .url({ protocol: /^https?$/ })
      .regex(/^[^?#@]*$/)
      .optional(),
    'an http:// or https:// address without user, ? and # (not set by default)',
    'Where the bucket is, when it is not at AWS',
  ),
  s3Region: {
    ...setting(
      'S3_REGION',
      z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/i)
        .optional(),
      'the name of a region (not set by default)',
      'The region of the bucket; not set: AWS_REGION, else what the AWS profile says; with S3_ENDPOINT: us-east-1',
    ),
    otherwise: ['AWS_REGION'],
  },
  s3Prefix: setting(
    'S3_PREFIX',
    z
      .string()
      .regex(/^(?!\.)[\w.=-]{1,100}(\/(?!\.)[\w.=-]{1,100}){0,5}\/$/)
      .or(z.literal(''))
      .default(''),
    'words with / between and behind them: team/switchyard/ (not set by default)',
    'What all keys begin with, where others use the bucket too',
  ),
  s3PathStyle: oneOf(
    'S3_PATH_STYLE',
    ['off', 'on'],
    'off',
    'Whether the bucket is named in the path of addresses, and not as a host: most servers that are not AWS want it',
  ),
  s3Downloads: oneOf(
    'S3_DOWNLOADS',
    ['stream', 'redirect'],
    'stream',
    'Whether the API passes downloads on, or sends clients to an address of the bucket that is good for five minutes',
  ),
  s3MaxWaitMs: wholeNumber(
    'S3_MAX_WAIT',
    86_400_000,
    0,
    2_592_000_000,
    'milliseconds',
    'How long a job may wait for a bucket that is out of order; 0: it fails as soon as its tries are used up',
  ),
  externalStorage: oneOf(
    'TEMPORAL_EXTERNAL_STORAGE',
    ['off', 'on'],
    'off',
    'Whether payloads of 256 KiB and more are kept where STORAGE says, and Temporal gets references (docs/storage.md#large-input-and-results)',
  ),
  payloadRoot: folder(
    'PAYLOAD_ROOT',
    '.data/payloads',
    'Where they are kept with STORAGE=folders; shared by all starters and workers',
  ),
} satisfies Settings;
