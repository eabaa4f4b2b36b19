import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './request.ts';

/** What a view has shown is shown again at once, and read anew behind it. A refusal is final; an API that is away is asked again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      gcTime: 5 * 60_000,
      networkMode: 'always',
      retry: (failures, error) => isAway(error) && failures < 3,
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 10_000),
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

const isAway = (error: Error) =>
  error instanceof ApiProblem && (error.status === 0 || [502, 503, 504].includes(error.status));
