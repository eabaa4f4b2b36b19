import { describe, expect, test } from 'vitest';
import { actionable, apiFilter, bulkOf, filterOf } from '../src/views/jobs/job-filter.ts';

test('the filter is what the address holds, without what is no filter', () => {
  const params = new URLSearchParams('status=failed&q=&order=oldest&column.tenant=a');
  expect(filterOf(params)).toEqual({ status: 'failed', 'column.tenant': 'a' });
});

test('times get a zone on their way to the API', () => {
  expect(apiFilter({ endedAfter: '2026-03-01T08:00Z', key: 'a' })).toEqual({
    endedAfter: '2026-03-01T08:00:00.000Z',
    key: 'a',
  });
});

describe('all jobs that match', () => {
  test('are retried by the filter as a redrive takes it', () => {
    const filter = { status: 'failed', code: 'A,B', key: 'acme' };
    expect(bulkOf('parcels', 'retry', filter)).toEqual({
      body: { queue: 'parcels', action: 'retry', states: ['failed'], errorCodes: ['A', 'B'], keys: ['acme'] },
    });
  });

  test('are the failed ones when no state is chosen', () => {
    expect(bulkOf('parcels', 'retry', {}).body).toMatchObject({ states: ['failed'] });
  });

  test('are canceled only in states that can be', () => {
    expect(bulkOf('parcels', 'cancel', { status: 'queued' }).body).toMatchObject({
      action: 'cancel',
      states: ['queued'],
    });
    expect(bulkOf('parcels', 'cancel', { status: 'complete' }).obstacle).toContain(
      'Choose one of these states',
    );
  });

  test('are chosen by text, time and columns as well', () => {
    const filter = { status: 'failed', 'column.tenant': 'a', q: 'x', createdAfter: '2026-03-01T08:00Z' };
    expect(bulkOf('parcels', 'retry', filter).body).toMatchObject({
      textContains: 'x',
      columns: { tenant: 'a' },
      createdAfter: '2026-03-01T08:00:00.000Z',
    });
  });
});

test('of the selected jobs some can be retried, and the others are counted by state', () => {
  const jobs = [{ status: 'failed' }, { status: 'complete' }, { status: 'complete' }, { status: 'canceled' }];
  const { can, others } = actionable('retry', jobs);
  expect(can).toHaveLength(2);
  expect([...others]).toEqual([['complete', 2]]);
});
