import type { Settings as EngineSettings, StorageSettings } from 'pg-switchyard';
import { folder, httpUrl, oneOf, type Settings, type Values, wholeNumber } from 'pg-switchyard/settings';
import type { FolderSettings } from '../lib/folders.ts';
import type { QueueSettings } from '../lib/queue-settings.ts';

export const invoiceSettings = {
  fairShares: oneOf(
    'FAIR_SHARES',
    ['on', 'off'],
    'on',
    'Whether the customers of invoices take turns; off: strictly first in, first out',
  ),
  gatewayUrl: httpUrl('GATEWAY_URL', 'http://gateway:8000', 'The gateway that turns PDF into XML'),
  gatewayTimeoutMs: wholeNumber(
    'GATEWAY_TIMEOUT',
    180_000,
    1,
    600_000,
    'milliseconds',
    'How long one call of the gateway may take',
  ),
  gatewayMaxAttempts: wholeNumber(
    'GATEWAY_MAX_ATTEMPTS',
    6,
    1,
    50,
    'tries',
    'How often a job tries before a retryable error is final',
  ),
  gatewayRetryInitialMs: wholeNumber(
    'GATEWAY_RETRY_INITIAL_INTERVAL',
    1000,
    1,
    3_600_000,
    'milliseconds',
    'Wait before the second try; doubles with each, half of it is jitter',
  ),
  gatewayRetryMaxMs: wholeNumber(
    'GATEWAY_RETRY_MAX_INTERVAL',
    60_000,
    1,
    3_600_000,
    'milliseconds',
    'The longest wait between two tries',
  ),
  gatewayMaxWaitMs: wholeNumber(
    'GATEWAY_MAX_WAIT',
    86_400_000,
    0,
    2_592_000_000,
    'milliseconds',
    'How long a job may wait for a gateway that is out of order; 0: it fails as soon as its tries are used up',
  ),
  gatewayBreakerJobs: wholeNumber(
    'GATEWAY_BREAKER_JOBS',
    5,
    1,
    10_000,
    'jobs',
    'So many jobs must fail for the gateway, with no success in between, before jobs wait for it instead',
  ),
  gatewayBreakerWindowMs: wholeNumber(
    'GATEWAY_BREAKER_WINDOW',
    30_000,
    100,
    3_600_000,
    'milliseconds',
    'The time in which those failures count; they must also have gone on for a tenth of it',
  ),
  gatewayProbeIntervalMs: wholeNumber(
    'GATEWAY_PROBE_INTERVAL',
    10_000,
    10,
    3_600_000,
    'milliseconds',
    'How often one job tries whether a gateway that is out of order is back',
  ),
  mappingsDir: folder('MAPPINGS_DIR', 'mappings', 'The mapping files, one `<mapping>.json` each'),
} satisfies Settings;

export type InvoiceSettings = EngineSettings &
  QueueSettings &
  FolderSettings &
  Values<typeof invoiceSettings>;

export type InvoiceApiSettings = Pick<
  InvoiceSettings,
  'uploadRoot' | 'resultRoot' | 'mappingsDir' | 'maxUploadBytes' | 'gatewayUrl' | 'gatewayTimeoutMs'
> &
  StorageSettings;
