import { createStorage } from 'pg-switchyard';
import {
  type CreateActivities,
  createResults,
  createStorageSystem,
  createSystem,
  type QueueWork,
} from 'pg-switchyard/worker';
import { resultPlace, uploadPlace } from '../lib/places.ts';
import { createInvoiceActivities } from './convert-invoice.ts';
import { GatewayErrorCode } from './error-codes.ts';
import { createGateway } from './gateway-client.ts';
import { verdictOf } from './gateway-failures.ts';
import type { InvoiceSettings } from './settings.ts';

const createActivities =
  (settings: InvoiceSettings): CreateActivities =>
  async ({ pool, jobs, log }) => {
    const storage = createStorage(settings);
    const gateway = createGateway({
      url: settings.gatewayUrl,
      timeoutMs: settings.gatewayTimeoutMs,
      maxBytes: settings.maxUploadBytes,
    });
    const system = createSystem({
      name: 'gateway',
      pool,
      limits: {
        jobs: settings.gatewayBreakerJobs,
        windowMs: settings.gatewayBreakerWindowMs,
        probeIntervalMs: settings.gatewayProbeIntervalMs,
      },
      maxWaitMs: settings.gatewayMaxWaitMs,
      errorCode: GatewayErrorCode.GW_5XX,
      verdictOf,
      isAlive: gateway.isAlive,
      log,
    });
    return createInvoiceActivities({
      jobs,
      gateway,
      system,
      storageSystem: createStorageSystem({ settings, storage, pool, log }),
      results: await createResults(settings, storage.at(resultPlace(settings))),
      uploads: storage.at(uploadPlace(settings)),
      maxUploadBytes: settings.maxUploadBytes,
      retry: {
        maxAttempts: settings.gatewayMaxAttempts,
        initialIntervalMs: settings.gatewayRetryInitialMs,
        maxIntervalMs: settings.gatewayRetryMaxMs,
      },
      log,
    });
  };

export const invoiceWork = (settings: InvoiceSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
