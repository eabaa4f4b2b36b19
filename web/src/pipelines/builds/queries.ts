import { queryOptions } from '@tanstack/react-query';
import { apiPath, request } from '../../api/request.ts';

export interface Release {
  deploymentId: string;
  buildId: string;
  since: string | null;
  repository: string;
  branch: string;
  commit: string | null;
  deployable: boolean;
}

export interface Environment {
  name: string;
  live: Release | null;
  before: readonly Release[];
  underWay: readonly { id: string; buildId: string; status: string }[];
}

/** Begins as the keys of the page, so that events of deployments make it stale. */
export const environmentsQuery = queryOptions({
  queryKey: ['jobs', 'deployments', 'environments'],
  queryFn: ({ signal }) => request<{ environments: Environment[] }>('/api/environments', { signal }),
  select: ({ environments }) => environments,
});

export const deploy = (buildId: string, environment: string) =>
  request<{ id: string }>('/api/deployments', { method: 'POST', body: { buildId, environment } });

export const buildPath = (id: string): string => apiPath`/queues/builds/jobs/${id}`;
export const deploymentPath = (id: string): string => apiPath`/queues/deployments/jobs/${id}`;
