import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { WorkflowStep, WorkflowSteps } from '../views.ts';
import { stepsOf } from './history-steps.ts';

/** What is read of a history at most. The rest is in Temporal's Web UI. */
const most = { pages: 4, eventsOfPage: 500 };
const withinMs = 4_000;
const noPage = new Uint8Array();

export interface RunName {
  workflowId: string;
  /** Empty: the latest run of the workflow. */
  runId: string;
}

/** The parts of the client that are used here. */
type HistoryClient = Pick<Client, 'workflowService' | 'withDeadline'> & { options: { namespace: string } };

/** What the run of a workflow did, by its history. Never throws for Temporal: it may be away, or have forgotten the run. */
export async function readSteps(client: HistoryClient, run: RunName): Promise<WorkflowSteps> {
  const { isTemporalAway, refusalOf } = await import('../../platform/temporal.ts');
  const { isNotFound } = await import('../doctor/temporal-answers.ts');
  try {
    return await client.withDeadline(Date.now() + withinMs, () => askTemporal(client, run));
  } catch (error) {
    if (isNotFound(error)) return nothing('Temporal does not have the history of this run any more');
    if (isTemporalAway(error)) return nothing(`Temporal did not answer (${refusalOf(error)})`);
    return nothing(`Temporal refused to tell (${refusalOf(error)})`);
  }
}

export const nothing = (unknown: string | null): WorkflowSteps => ({
  steps: [],
  more: false,
  firstActivityAt: null,
  unknown,
});

async function askTemporal(
  { workflowService, options }: HistoryClient,
  run: RunName,
): Promise<WorkflowSteps> {
  const { namespace } = options;
  const described = await workflowService.describeWorkflowExecution({ namespace, execution: run });
  const execution = described.workflowExecutionInfo?.execution ?? run;
  const events: temporal.api.history.v1.IHistoryEvent[] = [];
  let nextPageToken: Uint8Array = noPage;
  for (let page = 0; page < most.pages; page += 1) {
    const answer = await workflowService.getWorkflowExecutionHistory({
      namespace,
      execution,
      maximumPageSize: most.eventsOfPage,
      nextPageToken,
    });
    events.push(...(answer.history?.events ?? []));
    nextPageToken = answer.nextPageToken ?? noPage;
    if (nextPageToken.length === 0) break;
  }
  const steps = stepsOf(events, described.pendingActivities ?? []);
  return { steps, more: nextPageToken.length > 0, firstActivityAt: firstActivityOf(steps), unknown: null };
}

/** When the first activity began. Of one that was tried again the history has the last try alone: then, when it was scheduled. */
function firstActivityOf(steps: readonly WorkflowStep[]): string | null {
  const first = steps.find(({ kind, startedAt }) => kind === 'activity' && startedAt !== null);
  return (first?.attempt === 1 ? first.startedAt : first?.scheduledAt) ?? null;
}
