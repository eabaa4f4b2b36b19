import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { expectAccessible, openView, screenshot } from './support/browser.ts';
import { openShop, type Shop } from './support/shop.ts';
import { sql, untilState } from './support/work.ts';

/** An hour in which one job of a hundred started too late. */
const lastHour = `
  INSERT INTO switchyard.queue_minutes (minute, queue, inserted, started, complete, failed, canceled, wait_p50, wait_p95, total_p95, wait_late)
  SELECT date_trunc('minute', now()) - ago * interval '1 minute', 'orders', 100, 100, 98 - ago % 5, ago % 5, 0, 1 + ago % 3, 4 + ago % 7,
         9 + ago % 4, 1
    FROM generate_series(1, 60) AS ago
  ON CONFLICT (minute, queue) DO UPDATE SET started = 100, complete = 98, wait_p50 = 2, wait_p95 = 6, total_p95 = 9, wait_late = 1`;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

test('from the overview a failed job is found, understood, mended and retried', async () => {
  const paid = await Promise.all(['a lamp', 'a chair', 'a table'].map((item) => shop.order(item, 'valid')));
  const id = await shop.order('a clock', 'expired');
  await sql(`SELECT switchyard.enqueue('refunds', '{"order": 1}')`);
  for (const order of paid) await untilState('switchyard_jobs.orders', order, 'complete');
  await untilState('switchyard_jobs.orders', id, 'failed');

  const page = await openView('/');
  await page.getByRole('link', { name: 'refunds' }).first().waitFor();
  await page.getByRole('link', { name: 'Failures' }).click();
  await page.getByRole('link', { name: /the card of Ada Lovelace has expired/ }).click();
  const error = page.getByRole('region', { name: 'Error' });
  await error.getByText('The card of Ada Lovelace has expired').waitFor();
  const steps = page.getByRole('listitem').filter({ has: page.locator('code') });
  await steps.filter({ hasText: 'reserve' }).getByText(/^took/).waitFor();
  await steps
    .filter({ hasText: 'charge' })
    .getByText(/^failed/)
    .waitFor();
  await screenshot(page, 'watched-job');
  await expectAccessible(page);

  shop.mend();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('Queued again').waitFor();
  await untilState('switchyard_jobs.orders', id, 'complete');
  await page.getByText('a clock from shelf 7, paid').first().waitFor();
  await until(async () => {
    const [row] = await sql<{ job_status: string }>('SELECT job_status FROM shop_orders WHERE id = $1', [id]);
    return row?.job_status === 'complete';
  });
});

test('how soon jobs are to start is set, and shown with how far it is missed', async () => {
  const page = await openView('/queues/orders');
  const panel = page.getByRole('region', { name: 'Objectives' });
  await panel.getByLabel('Start within (seconds)').fill('soon');
  await panel.getByRole('button', { name: 'Set objectives' }).click();
  await panel.getByText('Seconds, up to a year; empty for none').waitFor();
  await panel.getByLabel('Start within (seconds)').fill('10');
  await panel.getByLabel('Start target (%)').fill('99.5');
  await panel.getByRole('button', { name: 'Set objectives' }).click();
  await panel.getByText('99.5 % must start within 10 s').waitFor();
  await sql(lastHour);
  await page.reload();
  await panel
    .getByRole('list', { name: /^Burn rate/ })
    .getByText('2×')
    .first()
    .waitFor();
  await screenshot(page, 'queue');
  await expectAccessible(page);
  expect(await sql(`SELECT of, seconds, part FROM switchyard.objectives WHERE queue = 'orders'`)).toEqual([
    { of: 'waiting', seconds: 10, part: 0.995 },
  ]);
});
