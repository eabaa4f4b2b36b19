import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { lastMinutes } from '../components/minutes.ts';
import { apiPath, type QueryValue, request } from './request.ts';
import type {
  AuditEntry,
  BurnRate,
  DeliveryView,
  FailureGroup,
  Finding,
  InboxItem,
  JobDetail,
  JobEvent,
  JobSummary,
  KeyView,
  MinuteView,
  Objectives,
  QueueView,
  Redrive,
  SignalView,
  SubscriptionView,
  SystemView,
  TokenView,
  WaitReason,
  WorkflowSteps,
} from './types.ts';

type Filter = Readonly<Record<string, QueryValue>>;

/** A list that is read page by page. `name` is the member of the answer that holds the rows. */
const pages = <Row>(key: readonly unknown[], path: string, name: string, query: Filter = {}) =>
  infiniteQueryOptions({
    queryKey: [...key, query],
    queryFn: async ({ pageParam, signal }) => {
      const answer = await request<Record<string, unknown>>(path, {
        query: { ...query, cursor: pageParam },
        signal,
      });
      return { rows: answer[name] as Row[], nextCursor: (answer['nextCursor'] ?? null) as string | null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  });

/** The first member of each key says what a live event makes stale; see `live.ts`. */
export const queuesQuery = queryOptions({
  queryKey: ['queues'],
  queryFn: ({ signal }) => request<{ queues: QueueView[] }>('/api/queues', { signal }),
  select: ({ queues }) => queues,
});

export const queueQuery = (queue: string) =>
  queryOptions({
    queryKey: ['queue', queue],
    queryFn: ({ signal }) => request<QueueView>(apiPath`/api/queues/${queue}`, { signal }),
  });

export const historyQuery = (queue: string, minutes = 60) =>
  queryOptions({
    queryKey: ['history', queue, minutes],
    queryFn: ({ signal }) =>
      request<{ minutes: MinuteView[] }>(apiPath`/api/queues/${queue}/history`, {
        query: { minutes },
        signal,
      }),
    select: (answer) => lastMinutes(answer.minutes, minutes, Date.now()),
    refetchInterval: 15_000,
  });

export interface QueueObjectives {
  objectives: Objectives;
  burnRates: readonly BurnRate[];
}

export const objectivesQuery = (queue: string) =>
  queryOptions({
    queryKey: ['objectives', queue],
    queryFn: ({ signal }) => request<QueueObjectives>(apiPath`/api/queues/${queue}/objectives`, { signal }),
    refetchInterval: 15_000,
  });

export const jobsQuery = (queue: string, filter: Filter) =>
  pages<JobSummary>(['jobs', queue], apiPath`/api/queues/${queue}/jobs`, 'jobs', filter);

export const jobCountQuery = (queue: string, filter: Filter) =>
  queryOptions({
    queryKey: ['job-count', queue, filter],
    queryFn: ({ signal }) =>
      request<{ count: number; more: boolean }>(apiPath`/api/queues/${queue}/jobs/count`, {
        query: filter,
        signal,
      }),
  });

export const jobQuery = (queue: string, id: string) =>
  queryOptions({
    queryKey: ['job', queue, id],
    queryFn: ({ signal }) => request<JobDetail>(apiPath`/api/queues/${queue}/jobs/${id}`, { signal }),
  });

/** Why the job is not running. What it waits for may change without an event of its own. */
export const whyQuery = (queue: string, id: string) =>
  queryOptions({
    queryKey: ['job', queue, id, 'why'],
    queryFn: ({ signal }) =>
      request<{ waits: WaitReason[] }>(apiPath`/api/queues/${queue}/jobs/${id}/why`, { signal }),
    select: ({ waits }) => waits,
    refetchInterval: 5_000,
  });

/** What the workflow of the job did, by Temporal's history; those of one that runs change without an event of ours. */
export const jobStepsQuery = ({ queue, id, runId, endedAt }: JobDetail) =>
  queryOptions({
    queryKey: ['job', queue, id, 'steps'],
    queryFn: ({ signal }) =>
      request<WorkflowSteps>(apiPath`/api/queues/${queue}/jobs/${id}/steps`, { signal }),
    enabled: runId !== null,
    refetchInterval: endedAt === null ? 5_000 : false,
  });

export const jobEventsQuery = (queue: string, id: string) =>
  pages<JobEvent>(['job', queue, id, 'events'], apiPath`/api/queues/${queue}/jobs/${id}/events`, 'events');

export const jobSignalsQuery = (queue: string, id: string) =>
  pages<SignalView>(
    ['job', queue, id, 'signals'],
    apiPath`/api/queues/${queue}/jobs/${id}/signals`,
    'signals',
  );

export const findQuery = (id: string) =>
  queryOptions({
    queryKey: ['find', id],
    queryFn: ({ signal }) => request<{ jobs: JobSummary[] }>('/api/find', { query: { id }, signal }),
    select: ({ jobs }) => jobs,
  });

export const failuresQuery = (queue: string) =>
  queryOptions({
    queryKey: ['failures', queue],
    queryFn: ({ signal }) =>
      request<{ groups: FailureGroup[] }>(apiPath`/api/queues/${queue}/failures`, { signal }),
    select: ({ groups }) => groups,
  });

export const keysQuery = (queue: string) =>
  pages<KeyView>(['keys', queue], apiPath`/api/queues/${queue}/keys`, 'keys');

export const inboxQuery = queryOptions({
  queryKey: ['inbox'],
  queryFn: ({ signal }) => request<{ items: InboxItem[] }>('/api/inbox', { signal }),
  select: ({ items }) => items,
});

export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => request<{ findings: Finding[] }>('/api/doctor', { signal }),
  select: ({ findings }) => findings,
  staleTime: 30_000,
});

export const auditQuery = (filter: Filter) => pages<AuditEntry>(['audit'], '/api/audit', 'entries', filter);

export const redrivesQuery = pages<Redrive>(['redrives'], '/api/redrives', 'redrives');

export const redriveQuery = (id: string) =>
  queryOptions({
    queryKey: ['redrive', id],
    queryFn: ({ signal }) => request<Redrive>(apiPath`/api/redrives/${id}`, { signal }),
  });

export const systemsQuery = queryOptions({
  queryKey: ['systems'],
  queryFn: ({ signal }) => request<{ systems: SystemView[] }>('/api/systems', { signal }),
  select: ({ systems }) => systems,
});

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => request<{ subscriptions: SubscriptionView[] }>('/api/webhooks', { signal }),
  select: ({ subscriptions }) => subscriptions,
});

export const deliveriesQuery = (status: string) =>
  pages<DeliveryView>(['deliveries'], '/api/webhooks/deliveries', 'deliveries', { status });

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => request<{ tokens: TokenView[] }>('/api/tokens', { signal }),
  select: ({ tokens }) => tokens,
});
