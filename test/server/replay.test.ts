import { readdir, readFile } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { workflowSources } from '../../server/workflow-sources.ts';
import * as workflows from '../../server/workflows.ts';
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

function workflowOf({ events: [started] }: RecordedHistory): string {
  const attributes = started?.['workflowExecutionStartedEventAttributes'];
  return (attributes as { workflowType: { name: string } }).workflowType.name;
}

async function replay(history: RecordedHistory): Promise<void> {
  quietRuntime();
  const bundle = { codePath: await workflowBundle(undefined, workflowSources) };
  await Worker.runReplayHistory({ workflowBundle: bundle }, historyFromJson(history));
}

test('every workflow has a history of its own', async () => {
  const recorded = await Promise.all(files.map(async (name) => workflowOf(await read(name))));
  expect(new Set(recorded)).toEqual(new Set(Object.keys(workflows)));
});

describe.each(files)('%s', (name) => {
  test('replays as it was recorded', async () => {
    await replay(await read(name));
  });

  test('is found out when it did another activity', async () => {
    const { events } = await read(name);
    const scheduled = events.find((event) => event['activityTaskScheduledEventAttributes'] !== undefined);
    Object.assign(scheduled?.['activityTaskScheduledEventAttributes'] ?? expect.unreachable(), {
      activityType: { name: 'somethingElse' },
    });
    await expect(replay({ events })).rejects.toThrow(DeterminismViolationError);
  });
});
