import { apiPath, request } from './request.ts';
import type { JobDetail, Limits, Objectives, Redrive } from './types.ts';

type Body = Readonly<Record<string, unknown>>;
const post = <Answer>(path: string, body: Body = {}) => request<Answer>(path, { method: 'POST', body });

/** What is paused: a queue, a key of one, or an outside system. */
export type PauseTarget = { queue: string; key?: string } | { system: string };

const targetPath = (target: PauseTarget): string => {
  if ('system' in target) return apiPath`/api/systems/${target.system}`;
  const queue = apiPath`/api/queues/${target.queue}`;
  return target.key === undefined ? queue : queue + apiPath`/keys/${target.key}`;
};

export const pause = (target: PauseTarget, reason: string) => post(`${targetPath(target)}/pause`, { reason });
export const resume = (target: PauseTarget) => post(`${targetPath(target)}/resume`);

export const setLimits = (queue: string, limits: Limits) =>
  request(apiPath`/api/queues/${queue}/limits`, { method: 'PUT', body: limits });

export const setObjectives = (queue: string, objectives: Objectives) =>
  request(apiPath`/api/queues/${queue}/objectives`, { method: 'PUT', body: objectives });

export const setKeyLimit = (queue: string, key: string, inFlight: number | null) => {
  const path = apiPath`/api/queues/${queue}/keys/${key}/limit`;
  return inFlight === null
    ? request(path, { method: 'DELETE' })
    : request(path, { method: 'PUT', body: { inFlight } });
};

export interface JobName {
  queue: string;
  id: string;
}

const jobPath = ({ queue, id }: JobName) => apiPath`/api/queues/${queue}/jobs/${id}`;

export const cancelJob = (job: JobName) => post<JobDetail>(`${jobPath(job)}/cancel`);
export const retryJob = (job: JobName, body: Body = {}) => post<JobDetail>(`${jobPath(job)}/retry`, body);
export const answerJob = (job: JobName, answer: { value: unknown } | { action: 'decline' }) =>
  post<JobDetail>(`${jobPath(job)}/answer`, answer);
export const signalJob = (job: JobName, name: string, args: unknown) =>
  post<JobDetail>(`${jobPath(job)}/signal`, { name, ...(args === undefined ? {} : { args }) });
export const changeJob = (job: JobName, body: Body) =>
  request<JobDetail>(jobPath(job), { method: 'PATCH', body });

export interface RedrivePreview {
  /** Of the jobs that match; `more`: counting ended there. */
  count: number;
  more: boolean;
  sample: readonly {
    id: string;
    status: string;
    label: string | null;
    key: string | null;
    error: { code: string | null; message: string | null } | null;
    endedAt: string | null;
  }[];
}

export const previewRedrive = (body: Body, signal?: AbortSignal) =>
  request<RedrivePreview>('/api/redrives', { method: 'POST', query: { preview: true }, body, signal });
export const createRedrive = (body: Body) => post<Redrive>('/api/redrives', body);
export const changeRedrive = (id: string, change: 'pause' | 'resume' | 'cancel') =>
  post<Redrive>(apiPath`/api/redrives/${id}/${change}`);

export const retryDelivery = (id: string) => post(apiPath`/api/webhooks/deliveries/${id}/retry`);
export const revokeToken = (name: string) => request(apiPath`/api/tokens/${name}`, { method: 'DELETE' });
