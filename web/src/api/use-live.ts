import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { token } from './access.ts';
import { followLive, type LiveScope, onJobEvent } from './live.ts';
import type { JobEvent } from './types.ts';

/** Keeps every view fresh while it is shown; the layout calls it once. */
export function useLive({ queue, job }: LiveScope): void {
  const queries = useQueryClient();
  const secret = token.use();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another token is another connection
  useEffect(() => {
    const end = new AbortController();
    void followLive(queries, { queue, job }, end.signal);
    return () => end.abort();
  }, [queries, queue, job, secret]);
}

/** Calls `onEvent` with each event of the jobs that the view is about. */
export function useJobEvents(onEvent: (event: JobEvent) => void): void {
  const listener = useEffectEvent(onEvent);
  useEffect(() => onJobEvent((event) => listener(event)), []);
}
