import type { Client } from '@temporalio/client';
import { lostTaskSignal } from '../../src/platform/lost-tasks.ts';

/** One run of a workflow, as its history has it. */
export interface RunHistory {
  workflowId: string;
  runId: string;
  /** The first run of its chain. */
  first: string;
  continuedFrom: string | undefined;
  /** `<queue>/<id>/<attempt>`; left out of foreign ones. */
  jobKey: string | undefined;
  status: string;
  startedAt: number;
  closedAt: number;
  /** Those that its job sent: request id and number. */
  signals: readonly { requestId: string; note: unknown }[];
}

const atATime = 20;

/** All runs of workflows of this type, the first started first. */
export async function readHistories(client: Client, workflowType: string): Promise<RunHistory[]> {
  const listed = await Array.fromAsync(
    client.workflow.list({ query: `WorkflowType = '${workflowType}'`, pageSize: 500 }),
  );
  const runs: RunHistory[] = [];
  for (let at = 0; at < listed.length; at += atATime) {
    const some = listed.slice(at, at + atATime);
    runs.push(...(await Promise.all(some.map((run) => readHistory(client, run)))));
  }
  return runs.sort((one, other) => one.startedAt - other.startedAt);
}

interface ListedRun {
  workflowId: string;
  runId: string;
  status: { name: string };
  startTime: Date;
  closeTime?: Date | undefined;
  memo?: Record<string, unknown> | undefined;
}

async function readHistory(client: Client, run: ListedRun): Promise<RunHistory> {
  const { events } = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const jobKey = run.memo?.['switchyardJob'];
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    first: started?.firstExecutionRunId || run.runId,
    continuedFrom: started?.continuedExecutionRunId || undefined,
    jobKey: typeof jobKey === 'string' ? jobKey : undefined,
    status: run.status.name,
    startedAt: run.startTime.getTime(),
    closedAt: run.closeTime?.getTime() ?? Number.POSITIVE_INFINITY,
    signals: (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) => {
      if (signaled == null || signaled.signalName === lostTaskSignal) return [];
      const data = signaled.input?.payloads?.[0]?.data;
      const note: unknown = data == null ? undefined : JSON.parse(Buffer.from(data).toString());
      return [{ requestId: signaled.requestId ?? '', note }];
    }),
  };
}
