import { expect, test } from 'vitest';
import type { JobEvent, JobSummary } from '../src/api/types.ts';
import { withEvent } from '../src/views/jobs/live-jobs.ts';

const job = { id: '1', status: 'processing', word: 'processing', attempt: 1, startedAt: 't0' } as JobSummary;
const pages = { pages: [{ rows: [job], nextCursor: null }], pageParams: [null] };
const failed = { jobId: '1', to: 'failed', at: 't1', attempt: 1, code: 'BAD', detail: 'no' } as JobEvent;

test('an event is on the row of its job at once', () => {
  expect(withEvent(pages, failed)?.pages[0]?.rows[0]).toMatchObject({
    status: 'failed',
    endedAt: 't1',
    startedAt: 't0',
    error: { code: 'BAD', message: 'no' },
  });
});

test('an event of another job leaves the pages as they are', () => {
  expect(withEvent(pages, { ...failed, jobId: '2' })).toBe(pages);
});
