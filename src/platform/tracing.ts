import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { environment } from './environment.ts';
import { SetupError } from './errors.ts';

/** What a role needs to take part in the traces of its jobs. */
export interface Tracing {
  /** For Temporal's clients: a workflow that is started belongs to the trace at hand. */
  readonly clientInterceptors: WorkflowClientInterceptor[];
  /** For Temporal's workers: spans of workflows and activities. */
  readonly workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** Does the work in a span; `headers` are traceparent and tracestate of what it belongs to, if they are known. */
  inSpan<T>(
    name: string,
    of: { headers: unknown; attributes: Record<string, string> },
    work: () => Promise<T>,
  ): Promise<T>;
  /** Sends what is left. */
  stop(): Promise<void>;
}

/**
 * Whether OpenTelemetry's own settings ask for traces: an endpoint, and nothing that says no.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function wantsTraces(env: NodeJS.ProcessEnv = environment()): boolean {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return Boolean(endpoint) && env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none';
}

let current: Promise<Tracing> | undefined;

/**
 * Traces of this process, begun with its first role; `undefined`: they are not asked for.
 * @throws {SetupError} naming the packages when they are not installed
 */
export async function startTracing(role: string): Promise<Tracing | undefined> {
  if (!wantsTraces()) return undefined;
  current ??= begin(environment()['OTEL_SERVICE_NAME'] || `switchyard-${role}`);
  return current;
}

/** Loaded here alone, so that a process without traces does not pay for them. */
const load = async () => ({
  ...(await import('@opentelemetry/api')),
  ...(await import('@opentelemetry/context-async-hooks')),
  ...(await import('@opentelemetry/core')),
  ...(await import('@opentelemetry/exporter-trace-otlp-proto')),
  ...(await import('@opentelemetry/resources')),
  ...(await import('@opentelemetry/sdk-trace-base')),
  ...(await import('@temporalio/interceptors-opentelemetry')),
});

async function begin(serviceName: string): Promise<Tracing> {
  const otel = await load().catch((error: unknown) => {
    throw new SetupError(
      'OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, whose packages are not installed: npm install @temporalio/interceptors-opentelemetry ' +
        '@opentelemetry/api @opentelemetry/context-async-hooks @opentelemetry/core @opentelemetry/exporter-trace-otlp-proto ' +
        '@opentelemetry/resources @opentelemetry/sdk-trace-base',
      { cause: error },
    );
  });
  const resource = otel.Resource.default()
    .merge(new otel.Resource({ 'service.name': serviceName }))
    .merge(otel.detectResourcesSync({ detectors: [otel.envDetectorSync] }));
  const processor = new otel.BatchSpanProcessor(new otel.OTLPTraceExporter());
  const provider = new otel.BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({
    contextManager: new otel.AsyncLocalStorageContextManager().enable(),
    propagator: new otel.W3CTraceContextPropagator(),
  });
  const tracer = otel.trace.getTracer('switchyard');
  return {
    clientInterceptors: [new otel.OpenTelemetryWorkflowClientInterceptor()],
    workerOptions: {
      interceptors: {
        activity: [(context) => ({ inbound: new otel.OpenTelemetryActivityInboundInterceptor(context) })],
      },
      sinks: { exporter: otel.makeWorkflowExporter(processor, resource) },
    },
    inSpan(name, { headers, attributes }, work) {
      const parent = otel.propagation.extract(otel.ROOT_CONTEXT, headers ?? {});
      return otel.context.with(parent, () =>
        tracer.startActiveSpan(name, { attributes }, async (span) => {
          try {
            return await work();
          } catch (error) {
            span.recordException(error instanceof Error ? error : String(error));
            span.setStatus({ code: otel.SpanStatusCode.ERROR });
            throw error;
          } finally {
            span.end();
          }
        }),
      );
    },
    stop: () => processor.forceFlush(),
  };
}
