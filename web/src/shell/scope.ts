import type { LiveScope } from '../api/live.ts';

/** What the view at this path is about: the API sends events of nothing else while it is shown. */
export function scopeOf(path: string): LiveScope {
  const [, queue, rest, job] = /^\/queues\/([^/]+)(?:\/(\w+)(?:\/([^/]+))?)?/.exec(path) ?? [];
  if (queue === undefined) return {};
  const named = { queue: decodeURIComponent(queue) };
  return rest === 'jobs' && job !== undefined ? { ...named, job: decodeURIComponent(job) } : named;
}
