import type { QueryClient } from '@tanstack/react-query';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiProblem, send, withQuery } from './request.ts';
import { createStore } from './store.ts';
import type { JobEvent } from './types.ts';

/** Which events the page receives; nothing given: all. */
export interface LiveScope {
  queue?: string | undefined;
  job?: string | undefined;
}

/** `live`: each change is pushed. `polling`: the API has no events, so it is asked again and again. */
export type LiveState = 'connecting' | 'live' | 'polling';
export const liveState = createStore<LiveState>('connecting');

type Listener = (event: JobEvent) => void;
const listeners = new Set<Listener>();

/** Calls the listener with each event of a job in the scope of the view. Answers what ends it. */
export function onJobEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const pollEveryMs = 2_000;
const longestWaitMs = 10_000;

/** Keeps what the page shows fresh until the signal, over lost connections. */
export async function followLive(queries: QueryClient, scope: LiveScope, signal: AbortSignal): Promise<void> {
  const stale = new StaleQueries(queries);
  let lastId: string | undefined;
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      await readStream(scope, lastId, signal, (id, event) => {
        lastId = id ?? lastId;
        waitMs = 500;
        take(event, stale);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && [404, 406].includes(error.status)) return poll(stale, signal);
      liveState.set('connecting');
    }
    await pause(waitMs + Math.random() * waitMs, signal);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
    stale.all();
  }
}

interface Message {
  kind: string;
  data: unknown;
}

async function readStream(
  scope: LiveScope,
  lastId: string | undefined,
  signal: AbortSignal,
  onMessage: (id: string | undefined, message: Message) => void,
): Promise<void> {
  const path = withQuery('/api/events', { queue: scope.queue, job: scope.job });
  const headers = { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) };
  const { body } = await send(path, { signal, headers });
  if (body === null) return;
  liveState.set('live');
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { id, event = 'message', data } = next.value;
    onMessage(id, { kind: event, data: data === '' ? null : (JSON.parse(data) as unknown) });
  }
}

function take({ kind, data }: Message, stale: StaleQueries): void {
  if (typeof data !== 'object' || data === null) stale.all();
  else if (kind === 'job') {
    const event = data as JobEvent;
    for (const listener of [...listeners]) listener(event);
    stale.job(event.queue, event.jobId);
  } else if ('queue' in data && typeof data.queue === 'string') {
    stale.queue(data.queue);
  } else stale.all();
}

async function poll(stale: StaleQueries, signal: AbortSignal): Promise<void> {
  liveState.set('polling');
  while (!signal.aborted) {
    await pause(pollEveryMs, signal);
    if (document.visibilityState === 'visible') stale.all();
  }
}

/** Reads again what events made stale: the first at once, and what follows once a second at most, however many there are. */
class StaleQueries {
  readonly #queries: QueryClient;
  readonly #keys = new Map<string, readonly unknown[]>();
  #timer: number | undefined;
  #flushedAt = 0;

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  job(queue: string, id: string): void {
    this.#add(['job', queue, id]);
    this.queue(queue);
  }

  queue(queue: string): void {
    const ofQueue = ['queue', 'jobs', 'job-count', 'keys', 'failures', 'history'];
    for (const name of ofQueue) this.#add([name, queue]);
    for (const name of ['queues', 'inbox', 'redrives', 'redrive', 'find']) this.#add([name]);
  }

  all(): void {
    this.#add([]);
  }

  #add(key: readonly unknown[]): void {
    this.#keys.set(JSON.stringify(key), key);
    const waitMs = Math.max(0, this.#flushedAt + 1_000 - performance.now());
    this.#timer ??= window.setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    this.#timer = undefined;
    this.#flushedAt = performance.now();
    const keys = [...this.#keys.values()];
    this.#keys.clear();
    for (const queryKey of keys)
      void this.#queries.invalidateQueries({ queryKey, predicate: isLive }, { cancelRefetch: false });
  }
}

/** Not read again by every event: what is long, or what the server works for. */
const isLive = ({ queryKey, state }: { queryKey: readonly unknown[]; state: { data?: unknown } }) =>
  queryKey[0] !== 'doctor' && !(queryKey[0] === 'jobs' && pagesOf(state.data) > 3);

function pagesOf(data: unknown): number {
  return typeof data === 'object' && data !== null && 'pages' in data && Array.isArray(data.pages)
    ? data.pages.length
    : 0;
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
