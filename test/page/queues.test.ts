import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { expectAccessible, openView, screenshot } from './support/browser.ts';
import { insertRun, sql, untilState, uploadExample } from './support/work.ts';

/** Jobs that failed: each tries a PDF that cannot be read. */
async function failedJobs(count: number): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => uploadExample('broken.pdf')));
  for (const id of ids) await untilState('jobs', id, 'failed');
  return ids;
}

const untilEnded = (id: string) =>
  until(async () => {
    const [row] = await sql<{ state: string }>(
      'SELECT state::text AS state FROM schedule_ingest.capture_session WHERE id::text = $1',
      [id],
    );
    return row?.state === 'done';
  });

const redrive = async (page: Page, reason: string) => {
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/jobs? match/).waitFor();
  await expectAccessible(page);
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: /^Retry \d+ jobs?$/ }).click();
  await page.waitForURL('**/redrives/*');
};

test('a queue is paused with a reason, which the overview shows, and resumed', async () => {
  const page = await openView('/queues/capture-sessions');
  await page.getByRole('button', { name: 'Pause queue capture-sessions' }).click();
  await page.getByLabel('Reason').fill('the schedule is being corrected');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'Resume queue capture-sessions' }).first().waitFor();
  const [row] = await sql<{ id: string }>(
    'INSERT INTO schedule_ingest.capture_session DEFAULT VALUES RETURNING id::text AS id',
  );
  await page.goto('/');
  await page.getByText('the schedule is being corrected').waitFor();
  await screenshot(page, 'overview');
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Resume queue capture-sessions' }).click();
  await untilEnded(String(row?.id));
});

test('a failed job is found, understood and redriven by its cause, with a preview of what will happen', async () => {
  await failedJobs(2);
  const page = await openView('/failures');
  await page.getByText('GW_4XX').first().waitFor();
  await screenshot(page, 'failures');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Redrive GW_4XX of invoices' }).click();
  await redrive(page, 'the gateway was mended');
  await page.getByText('the gateway was mended').first().waitFor();
  await screenshot(page, 'redrive');
  await expectAccessible(page);
});

test('jobs are filtered, the address holds the filter, and all that match are chosen', async () => {
  await failedJobs(2);
  const page = await openView('/queues/invoices/jobs');
  await page
    .getByRole('group', { name: 'State' })
    .getByRole('button', { name: /^Failed/ })
    .click();
  await page.waitForURL('**/queues/invoices/jobs?status=failed');
  await page.getByText('broken.pdf').first().waitFor();
  await screenshot(page, 'jobs');
  await expectAccessible(page);
  await page.reload();
  await page.getByText('broken.pdf').first().waitFor();

  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByLabel('Save this view as').fill('broken ones');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'broken ones' }).waitFor();
  await expectAccessible(page, '[role=dialog]');
  await page.keyboard.press('Escape');

  await page.getByRole('checkbox').nth(1).click();
  await page.getByRole('button', { name: /^Select all/ }).click();
  await page.getByRole('group', { name: 'Selected jobs' }).getByRole('button', { name: 'Retry' }).click();
  await redrive(page, 'tried again');
});

test('a question is answered in the inbox', async () => {
  const id = await insertRun('asked in the inbox', 'A', [{ id: 'words', ask: 'Which words go out?' }]);
  await untilState('ops.runs', id, 'waiting_input');
  const page = await openView('/inbox');
  const item = page.getByRole('region', { name: 'asked in the inbox' });
  await item.getByText('Which words go out?').waitFor();
  await screenshot(page, 'inbox');
  await expectAccessible(page);
  await item.getByLabel('Text').fill('these');
  await item.getByRole('button', { name: 'Answer' }).click();
  await untilState('ops.runs', id, 'succeeded');
  await item.waitFor({ state: 'detached' });
});

test('a job is found by its id, from any view', async () => {
  const id = await uploadExample('plain-invoice.pdf');
  const page = await openView('/doctor');
  await page.getByRole('searchbox', { name: 'Find a job by its id' }).fill(id);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /plain-invoice\.pdf/ }).waitFor();
});

test('a change is on the page without a reload', async () => {
  const page = await openView('/queues/invoices/jobs?q=hybrid');
  const id = await uploadExample('hybrid-invoice.pdf');
  await untilState('jobs', id, 'complete');
  await page.getByText('hybrid-invoice.pdf').first().waitFor();
  expect(await page.evaluate<number>("performance.getEntriesByType('navigation').length")).toBe(1);
});
