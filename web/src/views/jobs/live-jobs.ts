import type { InfiniteData } from '@tanstack/react-query';
import type { JobEvent, JobStatus, JobSummary } from '../../api/types.ts';

interface Page {
  rows: JobSummary[];
  nextCursor: string | null;
}
export type JobPages = InfiniteData<Page>;

const ended: readonly string[] = ['complete', 'failed', 'canceled'];

/** The pages with what the event says of its job; as they were when it is in none. What else it changed is read anew a moment later. */
export function withEvent(data: JobPages | undefined, event: JobEvent): JobPages | undefined {
  const has = data?.pages.some(({ rows }) => rows.some(({ id }) => id === event.jobId));
  if (data === undefined || has !== true) return data;
  const change = (job: JobSummary) => (job.id === event.jobId ? changed(job, event) : job);
  return { ...data, pages: data.pages.map((page) => ({ ...page, rows: page.rows.map(change) })) };
}

function changed(job: JobSummary, { to, at, attempt, code, detail }: JobEvent): JobSummary {
  const isEnd = ended.includes(to);
  return {
    ...job,
    status: to as JobStatus,
    word: to === job.status ? job.word : to,
    attempt,
    startedAt: to === 'processing' ? at : to === 'queued' ? null : job.startedAt,
    endedAt: isEnd ? at : null,
    error: to === 'failed' ? { code, message: detail } : null,
  };
}
