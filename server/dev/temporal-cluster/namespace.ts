import { setTimeout as pause } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';

const namespace = 'default';
const retentionSeconds = 7 * 24 * 60 * 60;
/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const keywordType = 2;
/** gRPC's own numbers. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const status = { NOT_FOUND: 5, ALREADY_EXISTS: 6 };
const withinMs = 120_000;
const againAfterMs = 200;

/**
 * Makes the namespace `default` with these search attributes, and waits until frontend, history, matching and visibility all serve it.
 * @throws when they do not within two minutes, with what was asked last and how it was refused
 */
export async function prepareNamespace(
  address: string,
  searchAttributeNames: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const connection = Connection.lazy({ address });
  const { workflowService: temporal, operatorService } = connection;
  const workflowExecution = { workflowId: 'none' };
  const searchAttributes = Object.fromEntries(searchAttributeNames.map((name) => [name, keywordType]));
  const query = searchAttributeNames.map((name) => `${name} = 'none'`).join(' AND ');
  const steps: Record<string, () => Promise<unknown>> = {
    'register the namespace': () =>
      unless(status.ALREADY_EXISTS, () =>
        temporal.registerNamespace({
          namespace,
          workflowExecutionRetentionPeriod: { seconds: retentionSeconds as never },
        }),
      ),
    'describe it': () => temporal.describeNamespace({ namespace }),
    'add the search attributes': async () => {
      if (searchAttributeNames.length === 0) return;
      await unless(status.ALREADY_EXISTS, () =>
        operatorService.addSearchAttributes({ namespace, searchAttributes }),
      );
    },
    'ask visibility': () => temporal.countWorkflowExecutions({ namespace, query }),
    'ask matching': () => temporal.describeTaskQueue({ namespace, taskQueue: { name: 'none' } }),
    'ask history': () =>
      unless(status.NOT_FOUND, () =>
        temporal.describeWorkflowExecution({ namespace, execution: workflowExecution }),
      ),
  };
  try {
    for (const [name, step] of Object.entries(steps)) {
      await untilDone(name, () => connection.withDeadline(Date.now() + 2_000, step), signal);
    }
  } finally {
    await connection.close();
  }
}

async function untilDone(name: string, step: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const began = performance.now();
  while (true) {
    try {
      await step();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (performance.now() - began > withinMs)
        throw new Error(`the Temporal cluster is not ready: ${name}: ${(error as Error).message}`, {
          cause: error,
        });
      await pause(againAfterMs);
    }
  }
}

async function unless(code: number, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== code) throw error;
  }
}
