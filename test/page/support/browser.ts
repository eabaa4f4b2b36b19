import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';
import { afterAll, afterEach, expect, inject } from 'vitest';

export interface View {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
}

const screenshots = join(import.meta.dirname, '../../../docs/screenshots');

let browser: Promise<Browser> | undefined;
const opened: { page: Page; problems: string[] }[] = [];

/** A view of the page in a real Chromium, with storage of its own. What breaks its policy, or is thrown there, fails the test. */
export async function openView(path: string, view: View = {}): Promise<Page> {
  browser ??= launch();
  const { width = 1360, height = 860, colorScheme = 'light' } = view;
  const context = await (await browser).newContext({
    baseURL: inject('pageStack').url,
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) problems.push(message.text());
  });
  opened.push({ page, problems });
  await page.goto(path);
  return page;
}

const launch = async () =>
  // Not the library's own arguments: they are for one process, and without the safety of the web.
  launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox'],
    headless: true,
  });

afterEach(async () => {
  const views = opened.splice(0);
  await Promise.all(views.map(({ page }) => page.context().close()));
  expect(views.flatMap(({ problems }) => problems)).toEqual([]);
});
afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

/**
 * What axe finds against WCAG 2.2 AA and its own good practices: nothing.
 *
 * @param within what is looked at, as a selector; usually all
 */
export async function expectAccessible(page: Page, within = 'html'): Promise<void> {
  await page.evaluate(axe.source); // its script is the debugger's, to which the policy does not apply
  const { violations } = await page.evaluate<AxeResults>(`axe.run('${within}')`);
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
  }));
  expect(found).toEqual([]);
}

/** Nothing is wider than the screen, so that nobody has to scroll sideways to read. */
export async function expectFitsWidth(page: Page): Promise<void> {
  const tooWide = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(tooWide).toBe(0);
}

/** A picture for docs/, taken anew when `SCREENSHOTS=1`. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS'] !== '1') return;
  await mkdir(screenshots, { recursive: true });
  const showToasts = (display: string) =>
    page.evaluate(
      `for (const toasts of document.querySelectorAll('.toasts')) toasts.style.display = '${display}'`,
    );
  await showToasts('none');
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
  await showToasts('');
}
