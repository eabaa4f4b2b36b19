import { queryOptions } from '@tanstack/react-query';
import { ApiProblem, apiPath, request, send } from '../../api/request.ts';

export const queue = 'agent-runs';

export interface Step {
  id: string;
  kind: 'call' | 'question';
  what: string;
  state: 'done' | 'current' | 'failed' | 'next';
}

/** As `GET /api/agent-runs/{id}` answers it. */
export interface AgentRun {
  id: string;
  session: string;
  lane: string;
  status: 'queued' | 'running' | 'waiting_input' | 'succeeded' | 'failed' | 'canceled';
  priority: number;
  attempt: number;
  plan: readonly Step[];
  question: {
    step: string;
    message: string;
    schema: unknown;
    mayDecline?: boolean;
    answerBy: string | null;
  } | null;
  result: { branch: string; base: string; commit: string } | null;
  error: { code: string; message: string | null } | null;
  createdAt: string;
  claimedAt: string | null;
  heartbeatAt: string | null;
  canceledAt: string | null;
  finishedAt: string | null;
}

export interface Artifact {
  name: string;
  bytes: number;
  sha256: string;
  href: string;
}

export interface AgentSession {
  session: string;
  lanes: readonly { lane: string; runs: readonly AgentRun[] }[];
}

export interface SessionSummary {
  session: string;
  runs: number;
  atWork: number;
  waitingForAnswer: number;
  failed: number;
  lastAt: string;
}

/** The keys begin as those of the page, so that events make them stale. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', queue, id, 'run'],
    queryFn: ({ signal }) => request<AgentRun>(apiPath`/api/agent-runs/${id}`, { signal }),
    // Of the steps of a run there are no events.
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 2_000 : false),
  });

export const artifactsQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', queue, id, 'artifacts'],
    queryFn: ({ signal }) =>
      request<{ artifacts: Artifact[] }>(apiPath`/api/agent-runs/${id}/artifacts`, { signal }),
    select: ({ artifacts }) => artifacts,
  });

/** `null`: there is none yet. */
export const diffQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', queue, id, 'diff'],
    queryFn: async ({ signal }) => {
      try {
        const response = await send(apiPath`/api/agent-runs/${id}/diff`, { signal });
        return await response.text();
      } catch (error) {
        if (error instanceof ApiProblem && error.code === 'NO_DIFF') return null;
        throw error;
      }
    },
  });

export const sessionsQuery = queryOptions({
  queryKey: ['jobs', queue, 'sessions'],
  queryFn: ({ signal }) => request<{ sessions: SessionSummary[] }>('/api/agent-sessions', { signal }),
  select: ({ sessions }) => sessions,
});

export const sessionQuery = (session: string) =>
  queryOptions({
    queryKey: ['jobs', queue, 'session', session],
    queryFn: ({ signal }) => request<AgentSession>(apiPath`/api/agent-sessions/${session}`, { signal }),
    refetchInterval: ({ state }) => (hasRunning(state.data) ? 2_000 : false),
  });

const hasRunning = (session: AgentSession | undefined): boolean =>
  session?.lanes.some(({ runs }) => runs.some(({ status }) => status === 'running')) === true;

/** The states of the table in the words of the page. */
export const stateOf: Record<AgentRun['status'], string> = {
  queued: 'queued',
  running: 'processing',
  waiting_input: 'parked',
  succeeded: 'complete',
  failed: 'failed',
  canceled: 'canceled',
};

export const answerRun = (id: string, answer: { step: string; value?: unknown; action?: string }) =>
  request<AgentRun>(apiPath`/api/agent-runs/${id}/answer`, { method: 'POST', body: answer });
