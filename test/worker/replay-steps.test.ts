import { readdir, readFile } from 'node:fs/promises';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { switchyardPlugin } from '../../src/worker/plugin.ts';
import { historyFromJson } from '../support/histories.ts';
import { workflows } from '../support/parcels/post-office.ts';
import { workflowsPath as postcardWorkflows } from '../support/postcards/post-box.ts';
import { quietRuntime } from '../support/temporal.ts';

/** What ran must go on after the next version of runSteps, and of the plugin. */
const folder = new URL('../histories/steps/', import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));

const read = async (name: string): Promise<{ events: Record<string, unknown>[] }> =>
  JSON.parse(await readFile(new URL(name, folder), 'utf8'));

let parcels: { code: string };
let postcards: { code: string };
beforeAll(async () => {
  quietRuntime();
  parcels = await bundleWorkflowCode({ workflowsPath: workflows.entry });
  postcards = await bundleWorkflowCode({ workflowsPath: postcardWorkflows, plugins: [switchyardPlugin()] });
});

const replay = (name: string, history: { events: Record<string, unknown>[] }) =>
  Worker.runReplayHistory(
    { workflowBundle: name.startsWith('postcard') ? postcards : parcels },
    historyFromJson(history),
    workflowIdOf(history),
  );

function workflowIdOf({ events: [started] }: { events: Record<string, unknown>[] }): string {
  const attributes = started?.['workflowExecutionStartedEventAttributes'] ?? {};
  return (attributes as { workflowId: string }).workflowId;
}

describe.each(files)('%s', (name) => {
  test('replays as it was recorded', async () => {
    await replay(name, await read(name));
  });

  test('is found out when it began the job by another activity', async () => {
    const history = await read(name);
    const scheduled = history.events.find((event) => 'activityTaskScheduledEventAttributes' in event);
    Object.assign(scheduled?.['activityTaskScheduledEventAttributes'] ?? expect.unreachable(), {
      activityType: { name: 'somethingElse' },
    });
    await expect(replay(name, history)).rejects.toThrow(DeterminismViolationError);
  });
});
