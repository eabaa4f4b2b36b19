import { join } from 'node:path';
import { type QueueDefinition, standardColumns, standardOrder, workTaskQueue } from 'pg-switchyard';
import type { AgentRunSettings } from './settings.ts';

/** A run may ask more than once, and wait for each answer. */
const deadlineMs = 60 * 24 * 60 * 60 * 1000;

/** Plans of tool calls on MCP servers → commits and artifacts; the runs of one session and lane go one after the other. */
export function agentRunsQueue(settings: AgentRunSettings): QueueDefinition {
  return {
    name: 'agent-runs',
    table: 'ops.runs',
    columns: {
      ...standardColumns,
      label: 'lane_key',
      startedBy: 'claimed_by',
      startedAt: 'claimed_at',
      completedAt: 'finished_at',
      failedAt: 'finished_at',
      canceledAt: 'finished_at',
      cancelRequestedAt: 'canceled_at',
      errorMessage: 'error',
    },
    resultColumns: ['result'],
    states: {
      waiting: 'queued',
      inFlight: 'running',
      complete: 'succeeded',
      failed: 'failed',
      canceled: 'canceled',
    },
    parking: {
      state: 'waiting_input',
      question: 'question',
      answer: 'answer',
      answerBy: 'answer_by',
      holdsKey: true,
    },
    order: standardOrder,
    claimIndex: 'runs_claim_idx',
    key: {
      column: 'lane_key',
      claimIndex: 'runs_claim_by_lane_idx',
      shareColumn: 'session_id',
      maxInFlight: 1,
    },
    idType: 'uuid',
    batch: settings.agentBatch,
    pollIntervalMs: settings.agentPollIntervalMs,
    maxInFlight: settings.agentMaxInFlight,
    fair: true,
    needs: [],
    maxWaitMs: 0,
    workflowType: 'runAgent',
    taskQueue: settings.taskQueue,
    workTaskQueue: workTaskQueue(settings, 'agent-runs'),
    workerSlots: settings.agentConcurrency,
    startedAtWork: true,
    deadlineMs,
    files: { own: [{ folder: join(settings.resultRoot, 'agent-runs'), ending: '' }], named: [] },
    lostWorkflow: settings.lostWorkflow,
  };
}
