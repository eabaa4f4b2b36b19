import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunningWorker } from '../../../../test/support/running-worker.ts';
import { pathWithBwrap, sandboxEnvironment, testSandbox } from '../../../../test/support/sandbox.ts';
import { type Agents, call, createAgents, serverFile, write } from '../support/agents.ts';

const { sandbox, note } = testSandbox;
const packages = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
let agents: Agents;
let worker: RunningWorker;

describe.runIf(sandbox)(`agent runs in the sandbox${note}`, () => {
  beforeAll(async () => {
    vi.stubEnv('PATH', pathWithBwrap());
    agents = await createAgents();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await agents.close();
  });

  const run = async (...plan: unknown[]) => {
    const id = await agents.insert(plan, { session: `s${Math.random()}` });
    await agents.untilStatus(id, 'succeeded', 'failed').catch(() => undefined);
    return agents.read(id);
  };
  const planted = () => readFile(join(agents.repository, '.git', 'planted'), 'utf8').catch(() => 'nothing');
  const plant = (text: string) => write('plant', join(agents.repository, '.git', 'planted'), text);

  test('have nothing but their workspaces, and write the repository only without', async () => {
    worker = await agents.startWorker({ COMMAND_SANDBOX: 'off' });
    expect(await run(plant('without'))).toMatchObject({ status: 'succeeded' });
    expect(await planted()).toBe('without');
    await worker.stop();

    worker = await agents.startWorker(sandboxEnvironment(packages, serverFile));
    await run(plant('within')); // whatever becomes of it: it may write a file of that path in a /tmp of its own
    expect(await planted()).toBe('without');
  });

  test('keep what their tools write, in commits of the lane’s branch', async () => {
    const done = await run(write('draft', 'a/b.txt', 'of a tool'), call('look', 'environment'));
    expect(done).toMatchObject({ status: 'succeeded', error: null });
    expect(await agents.git('show', `${done.result.commit}:a/b.txt`)).toBe('of a tool');
  });
});
