import { expect, test } from 'vitest';
import { expectAccessible, expectFitsWidth, openView, screenshot } from './support/browser.ts';
import { insertRun, sql, untilState, writes } from './support/work.ts';

const question = {
  id: 'approve',
  ask: 'Shall the notes go out?',
  schema: {
    type: 'object',
    properties: {
      deploy: { type: 'boolean', title: 'Publish them' },
      environment: { type: 'string', enum: ['staging', 'production'] },
      copies: { type: 'integer', description: 'How many are printed' },
    },
    required: ['deploy', 'copies'],
  },
};
const draft = writes('draft', 'notes.md', 'A first note\nand <script>alert(1)</script>\n');
const last = { ...writes('publish', 'published.md', 'It is out\n') };

const asking = async (session: string) => {
  const id = await insertRun(session, 'A', [draft, question, last]);
  await untilState('ops.runs', id, 'waiting_input');
  return id;
};

test('a run that asks is answered by a form of its question, beside what it has changed', async () => {
  const id = await asking('release 7');
  const page = await openView(`/queues/agent-runs/jobs/${id}`);
  await page.getByText('Shall the notes go out?').first().waitFor();
  await page.getByRole('region', { name: 'Changes of notes.md' }).getByText('A first note').waitFor();
  await screenshot(page, 'agent-run-question');
  await expectAccessible(page);

  await page.getByLabel('Copies').fill('many');
  await page.getByRole('button', { name: 'Send answer' }).click();
  await page.getByText('Must be a number').waitFor();
  await expectAccessible(page);
  await page.getByLabel('Copies').fill('3');
  await page.getByRole('button', { name: 'Send answer' }).click();
  await page.getByText('Must be filled in').waitFor();
  await page.getByLabel('Publish them').selectOption('Yes');
  await page.getByRole('button', { name: 'Send answer' }).click();
  await untilState('ops.runs', id, 'succeeded');
  const [row] = await sql<{ answer: unknown }>('SELECT answer FROM ops.runs WHERE id = $1', [id]);
  expect(row?.answer).toEqual({ step: 'approve', value: { deploy: true, copies: 3 } });
  await page.getByRole('region', { name: 'Changes of published.md' }).getByText('It is out').waitFor();
  await page.getByRole('log').getByText('the plan is done').waitFor();
  await page.getByRole('button', { name: 'Download diff.patch' }).waitFor();
  await screenshot(page, 'agent-run');
  await expectAccessible(page);
});

test('what a run says is text on the page', async () => {
  const id = await asking('text');
  const page = await openView(`/queues/agent-runs/jobs/${id}`);
  const changes = page.getByRole('region', { name: 'Changes of notes.md' });
  await changes.getByText('<script>alert(1)</script>').waitFor();
});

test('a run is read on a phone, in the dark, with its error first', async () => {
  const id = await insertRun('a session with a name that is long enough to need more than one line', 'C', [
    writes('first', 'a.md', 'x\n'),
    { id: 'lookup', server: 'tools', tool: 'fail' },
  ]);
  await untilState('ops.runs', id, 'failed');
  const page = await openView(`/queues/agent-runs/jobs/${id}`, {
    width: 390,
    height: 844,
    colorScheme: 'dark',
  });
  await page.getByText('there is no such page').first().waitFor();
  await page.getByText('failed here').waitFor();
  await expectFitsWidth(page);
  await screenshot(page, 'agent-run-phone');
  await expectAccessible(page);
});

test('the log of a run is shown as it grows; the run is canceled, and tried again', async () => {
  const id = await insertRun('growing', 'A', [
    { id: 'wait', server: 'tools', tool: 'wait', arguments: { ms: 60_000, everyMs: 300 } },
  ]);
  await untilState('ops.runs', id, 'running');
  const page = await openView(`/queues/agent-runs/jobs/${id}`);
  await page.getByRole('log').getByText('calls tools/wait').waitFor();
  await page.getByText('still running').waitFor();
  const cancel = async () => {
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel it' }).click();
  };
  await cancel();
  await page.getByRole('log').getByText('told to stop').waitFor();
  await untilState('ops.runs', id, 'canceled');
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('Queued again').waitFor();
  await untilState('ops.runs', id, 'running');
  await cancel();
  await untilState('ops.runs', id, 'canceled');
});

test('the lanes of a session stand side by side', async () => {
  const plan = [writes('first', 'a.md', 'a\n'), writes('second', 'b.md', 'b\n')];
  const done = await Promise.all(['A', 'B', 'D'].map((lane) => insertRun('side by side', lane, plan)));
  for (const id of done) await untilState('ops.runs', id, 'succeeded');
  const asks = await insertRun('side by side', 'C', [draft, question, last]);
  await untilState('ops.runs', asks, 'waiting_input');
  const page = await openView('/agent-sessions/side%20by%20side');
  for (const lane of ['A', 'B', 'C', 'D']) await page.getByRole('region', { name: `Lane ${lane}` }).waitFor();
  await page.getByRole('link', { name: 'Answer it' }).waitFor();
  await screenshot(page, 'agent-session');
  await expectAccessible(page);
  await page.goto('/agent-sessions');
  await page.getByRole('link', { name: 'side by side' }).waitFor();
  await expectAccessible(page);
});

test('the address that runs had before leads to the run', async () => {
  const id = await asking('old address');
  const page = await openView(`/agent-runs/${id}`);
  await page.waitForURL(`**/queues/agent-runs/jobs/${id}`);
  await page.getByText('Shall the notes go out?').first().waitFor();
});
