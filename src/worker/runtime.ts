import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';
import type { Logger } from '../platform/logging.ts';

const levels = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  silent: 'ERROR',
} as const satisfies Record<string, LogLevel>;

/** The SDK's own metrics, with names and units as Prometheus wants them. */
const metricsAt = (port: number) => ({
  prometheus: {
    bindAddress: `127.0.0.1:${port}`,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  },
});

let installed = false;

/** Sends the SDK's own log through ours, once a process; a line about a workflow names the job, whose id it has. */
export function installRuntime(log: Logger, level: keyof typeof levels, metricsPort?: number): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger(levels[level], (entry) => {
      const fields = jobFields((entry.meta ?? {}) as Record<string, unknown>);
      log[pinoLevel(entry.level)](fields, entry.message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: levels[level], other: 'WARN' } },
      ...(metricsPort !== undefined && { metrics: metricsAt(metricsPort) }),
    },
  });
}

/** The SDK's fields by our names: the workflow id is the job id, and its attempt is a try of one activity. */
function jobFields(meta: Record<string, unknown>): Record<string, unknown> {
  const { workflowId, attempt, error, taskToken: _, ...rest } = meta;
  return {
    ...rest,
    sdk: true,
    ...(workflowId !== undefined && { jobId: workflowId }),
    ...(attempt !== undefined && { activityAttempt: attempt }),
    ...(error !== undefined && { err: error }),
  };
}

function pinoLevel(level: LogLevel): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  return level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
}
