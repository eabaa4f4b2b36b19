import { inject, test } from 'vitest';
import { expectAccessible, openView, screenshot } from './support/browser.ts';
import { sql, untilState } from './support/work.ts';

const change = async (path: string, body: object) => {
  await fetch(`${inject('pageStack').url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
};

test('a job that waits says why, and goes on without a reload once that is over', async () => {
  await change('/api/queues/builds/pause', { reason: 'the schedule is being corrected' });
  const [row] = await sql<{ id: string }>('INSERT INTO builds (repository) VALUES ($1) RETURNING id', [
    inject('pageStack').site,
  ]);
  const page = await openView(`/queues/builds/jobs/${row?.id}`);
  const why = page.getByRole('region', { name: 'Why it waits' });
  await why.getByText('the schedule is being corrected').waitFor();
  await screenshot(page, 'why-it-waits');
  await expectAccessible(page);
  await change('/api/queues/builds/resume', {});
  await untilState('builds', String(row?.id), 'succeeded');
  await page.getByText('Complete').first().waitFor();
});
