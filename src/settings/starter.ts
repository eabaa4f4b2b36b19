import { z } from 'zod';
import { oneOf, type Settings, setting, wholeNumber } from './setting.ts';

export const starterSettings = {
  pollIntervalMs: wholeNumber(
    'POLL_INTERVAL',
    5000,
    10,
    3_600_000,
    'milliseconds',
    'How often an idle starter looks for rows that no doorbell announced',
  ),
  claimStaleMs: setting(
    'CLAIM_STALE_AFTER',
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(100).max(86_400_000)).optional(),
    'a whole number of milliseconds from 100 to 86400000 (default three poll intervals and a minute)',
    'A starter is not ready once the claim loop of a queue has made no round for so long; at least two poll intervals',
  ),
  doorbell: oneOf(
    'DOORBELL',
    ['on', 'off'],
    'on',
    'Whether writers wake a sleeping starter by NOTIFY; off: polling adapts',
  ),
  searchAttributes: oneOf(
    'SEARCH_ATTRIBUTES',
    ['off', 'names', 'all'],
    'all',
    'Which search attributes workflows are started with: none; the queue and the name of the job; the identity of the database as well',
  ),
  claimBatch: wholeNumber('CLAIM_BATCH', 10, 1, 1000, 'rows', 'The most rows one claim takes, of each queue'),
} satisfies Settings;
