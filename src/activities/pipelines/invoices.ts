import { ErrorCode } from '../../platform/errors.ts';
import { createGateway } from '../gateway.ts';
import { verdictOf } from '../gateway-failures.ts';
import { createInvoiceActivities } from '../invoices.ts';
import { createResults } from '../results.ts';
import { createSystem } from '../systems.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = async ({ settings, pool, jobs, log }) => {
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
    errorCode: ErrorCode.GW_5XX,
    verdictOf,
    isAlive: gateway.isAlive,
    log,
  });
  return createInvoiceActivities({
    jobs,
    gateway,
    system,
    results: await createResults(settings),
    uploadRoot: settings.uploadRoot,
    maxUploadBytes: settings.maxUploadBytes,
    retry: {
      maxAttempts: settings.gatewayMaxAttempts,
      initialIntervalMs: settings.gatewayRetryInitialMs,
      maxIntervalMs: settings.gatewayRetryMaxMs,
    },
    log,
  });
};
