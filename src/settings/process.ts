import { z } from 'zod';
import { hostAndNumber } from '../platform/process-name.ts';
import type { PayloadKey } from '../platform/settings.ts';
import { oneOf, type Settings, setting, text, wholeNumber, wordsOf } from './setting.ts';

const payloadKey = z
  .string()
  .trim()
  .regex(/^[\w.-]{1,64}:[A-Za-z0-9+/]{43}=$/)
  .transform((text): PayloadKey => {
    const [id = '', key = ''] = text.split(':');
    return { id, key: Buffer.from(key, 'base64') };
  });

/** `id:key,id:key`, the first of which encrypts. */
const payloadKeys = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(payloadKey))
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length)
  .default([]);

export const processSettings = {
  workerId: text(
    'WORKER_ID',
    hostAndNumber,
    'Name of this process in rows, logs and Temporal',
    '<host> <process id>',
  ),
  publicUrl: setting(
    'PUBLIC_URL',
    z
      .url({ protocol: /^https?$/ })
      .regex(/^[^?#@]*$/) // a path is put behind it
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    'an http:// or https:// address without user, ? and # (not set by default)',
    "Where people open the page (https://jobs.example.org): Temporal's Web UI then links each workflow to its job; not set: no links",
  ),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    'info',
    'The least level that is logged',
  ),
  logFormat: oneOf(
    'LOG_FORMAT',
    ['auto', 'json', 'pretty'],
    'auto',
    'auto is pretty on a terminal and JSON elsewhere',
  ),
  shutdownGraceMs: wholeNumber(
    'SHUTDOWN_GRACE_TIME',
    20_000,
    0,
    3_600_000,
    'milliseconds',
    'How long running work may go on after SIGTERM before it is handed back',
  ),
  healthPort: setting(
    'HEALTH_PORT',
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(65_535)).optional(),
    'a port from 0 to 65535 (not set by default)',
    'Where starter and worker answer /health/live, /health/ready and /metrics; not set: nowhere',
  ),
  healthHost: text(
    'HEALTH_HOST',
    '127.0.0.1',
    'The address on which HEALTH_PORT is; beyond loopback anybody who reaches it reads health and metrics',
  ),
  temporalUiUrl: setting(
    'TEMPORAL_UI_URL',
    z
      .url({ protocol: /^https?$/ })
      .regex(/^[^?#@]*$/)
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    'an http:// or https:// address without user, ? and # (not set by default)',
    "Where people open Temporal's Web UI; jobs are shown with a link to their workflow; not set: without one",
  ),
  temporalMetricsPort: setting(
    'TEMPORAL_METRICS_PORT',
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(1).max(65_535)).optional(),
    'a port from 1 to 65535 (not set by default)',
    "Where a worker answers /metrics of Temporal's SDK on loopback; not set: nowhere",
  ),
  temporalPayloadKeys: {
    ...setting(
      'TEMPORAL_PAYLOAD_KEYS',
      payloadKeys,
      'a comma-separated list of id:key, ids all different, each key 32 bytes in base64 (not set by default)',
      'Encrypts what Temporal stores of jobs: the first key encrypts, all decrypt; not set: nothing is encrypted',
    ),
    secret: wordsOf,
  },
  temporalCodecEndpoint: {
    ...setting(
      'TEMPORAL_CODEC_ENDPOINT',
      z
        .url({ protocol: /^https?$/ })
        .regex(/^[^?#@]*$/)
        .transform((value) => value.replace(/\/+$/, ''))
        .optional(),
      'an http:// or https:// address without user, ? and # (not set by default)',
      'A codec server, which encodes and decodes what Temporal stores of jobs, in place of TEMPORAL_PAYLOAD_KEYS; {namespace} in it stands for the namespace',
    ),
  },
  temporalCodecAuth: {
    ...setting(
      'TEMPORAL_CODEC_AUTH',
      z
        .string()
        .regex(/^[\x20-\x7e]{1,8192}$/)
        .optional(),
      'one line of printable ASCII characters (not set by default)',
      'What the codec server is given as Authorization: Bearer …',
    ),
    secret: (raw: string) => raw.split(/\s+/),
  },
  temporalDataConverter: setting(
    'TEMPORAL_DATA_CONVERTER',
    z.string().min(1).optional(),
    'the path of a module (not set by default)',
    "A module that exports dataConverter, a DataConverter of Temporal's SDK, in place of TEMPORAL_PAYLOAD_KEYS",
  ),
} satisfies Settings;
