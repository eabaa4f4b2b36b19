import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { expectAccessible, expectFitsWidth, openView } from './support/browser.ts';

const views = [
  '/',
  '/queues/invoices',
  '/queues/invoices/jobs',
  '/queues/invoices/failures',
  '/queues/invoices/keys',
  '/failures',
  '/redrives',
  '/inbox',
  '/doctor',
  '/audit',
  '/webhooks',
  '/tokens',
  '/mappings',
  '/agent-sessions',
  '/environments',
  '/no-such-view',
];

test.each(views)('%s is read on a phone in the dark, and axe finds nothing', async (path) => {
  const page = await openView(path, { width: 390, height: 844, colorScheme: 'dark' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await until(async () => (await page.locator('.loading').count()) === 0);
  await expectFitsWidth(page);
  await expectAccessible(page);
});

test('each view is reached by the keyboard alone, and the focus begins at its content', async () => {
  const page = await openView('/');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate<string>('document.activeElement.textContent')).toContain('To the content');
  await page.getByRole('link', { name: 'Failures' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Failures' }).waitFor();
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');
});

test('the page loads nothing of other hosts, and nothing inline', async () => {
  const page = await openView('/');
  const [response] = await Promise.all([page.waitForResponse('**/'), page.reload()]);
  expect(response.headers()['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'$/,
  );
  expect(await response.text()).not.toMatch(/<script>|<style|style=|onclick|https?:\/\//);
});

test('the page to try the API breaks no policy of its own', async () => {
  const page = await openView('/api/docs');
  await page.getByText('The jobs of a queue', { exact: true }).waitFor();
});
