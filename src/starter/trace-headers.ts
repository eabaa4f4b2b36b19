import { type Client, WorkflowClient } from '@temporalio/client';
import { jsonPayload } from './payloads.ts';

/** Where the OpenTelemetry interceptors of all SDKs look for the trace that a workflow belongs to. */
const traceHeader = '_tracer-data';

/** What starts a workflow with the trace context of a row, which the SDK's start takes from interceptors alone. */
export function withTrace(client: Client, headers: unknown): Pick<WorkflowClient, 'start'> {
  if (typeof headers !== 'object' || headers === null || Object.keys(headers).length === 0)
    return client.workflow;
  const payload = jsonPayload(JSON.stringify(headers));
  const { connection, options } = client;
  const { loadedDataConverter, ...workflowOptions } = client.workflow.options;
  const known = Array.isArray(workflowOptions.interceptors) ? workflowOptions.interceptors : [];
  return new WorkflowClient({
    ...workflowOptions,
    connection,
    dataConverter: options.loadedDataConverter,
    interceptors: [
      ...known,
      { start: (input, next) => next({ ...input, headers: { ...input.headers, [traceHeader]: payload } }) },
    ],
  });
}
