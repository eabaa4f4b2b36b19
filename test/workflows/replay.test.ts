import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { historyFromJson } from '../support/histories.ts';
import { quietRuntime } from '../support/temporal.ts';

const folder = new URL('../histories/', import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));

interface RecordedHistory {
  events: Record<string, unknown>[];
}

async function read(name: string): Promise<RecordedHistory> {
  return JSON.parse(await readFile(new URL(name, folder), 'utf8'));
}

async function replay(history: RecordedHistory): Promise<void> {
  quietRuntime();
  const bundle = { codePath: await workflowBundle(undefined) };
  await Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJson(history));
}

test('there are histories to replay', () => {
  expect(files.length, fileURLToPath(folder)).toBeGreaterThanOrEqual(9);
});

test.each(files)('%s replays as it was recorded', async (name) => {
  await replay(await read(name));
});

test('a history that did another activity is found out', async () => {
  const { events } = await read('complete.json');
  const scheduled = events.find((event) => event['activityTaskScheduledEventAttributes'] !== undefined);
  Object.assign(scheduled?.['activityTaskScheduledEventAttributes'] ?? expect.unreachable(), {
    activityType: { name: 'convertSomethingElse' },
  });
  await expect(replay({ events })).rejects.toThrow(DeterminismViolationError);
});
