import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading } from './loading.tsx';
import { ProblemNote } from './problem.tsx';

interface QueryViewProps<Data> {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}

/** The data of a query; until it is there, that it loads, or why it cannot be had. What was shown stays while the API is away. */
export function QueryView<Data>({ query, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading />;
}
