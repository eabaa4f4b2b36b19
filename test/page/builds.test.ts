import { inject, test } from 'vitest';
import { until } from '../support/until.ts';
import { expectAccessible, expectFitsWidth, openView, screenshot } from './support/browser.ts';
import { sql, untilState } from './support/work.ts';

async function build(): Promise<string> {
  const [row] = await sql<{ id: string }>('INSERT INTO builds (repository) VALUES ($1) RETURNING id', [
    inject('pageStack').site,
  ]);
  return String(row?.id);
}

async function deploy(buildId: string, environment: string): Promise<void> {
  const [row] = await sql<{ id: string }>(
    'INSERT INTO deployments (build_id, environment) VALUES ($1, $2) RETURNING id',
    [buildId, environment],
  );
  await untilState('deployments', String(row?.id), 'succeeded');
}

test('the log of a build is shown as it grows', async () => {
  const id = await build();
  const page = await openView(`/queues/builds/jobs/${id}`);
  await page.getByRole('log').getByText('--- attempt 1 ---').waitFor();
  await page.getByRole('log').getByText('built it').waitFor();
  await untilState('builds', id, 'succeeded');
  await screenshot(page, 'build');
  await expectAccessible(page);
});

test('an environment shows what is live, and goes back to an earlier build by a button', async () => {
  const [first, second] = [await build(), await build()];
  await deploy(first, 'production');
  await deploy(second, 'production');
  const page = await openView('/environments');
  await page.getByRole('button', { name: `Roll back production to build ${first}` }).waitFor();
  await screenshot(page, 'environments');
  await expectAccessible(page);
  await page.getByRole('button', { name: `Roll back production to build ${first}` }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: `Deploy build ${first}` }).click();
  await page.getByRole('button', { name: `Roll back production to build ${second}` }).waitFor();
  await until(async () => {
    const [live] = await sql<{ build_id: string }>(
      `SELECT build_id FROM deployments WHERE environment = 'production' AND status = 'succeeded'
        ORDER BY completed_at DESC LIMIT 1`,
    );
    return live?.build_id === first;
  });
});

test('environments are read on a phone', async () => {
  await deploy(await build(), 'staging');
  const page = await openView('/environments', { width: 390, height: 844, colorScheme: 'dark' });
  await page.getByRole('heading', { name: 'staging' }).waitFor();
  await expectFitsWidth(page);
  await expectAccessible(page);
});
