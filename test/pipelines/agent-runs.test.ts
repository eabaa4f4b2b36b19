import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agents, createAgents, write } from '../support/agents.ts';

let agents: Agents;
beforeAll(async () => {
  agents = await createAgents();
  await agents.startWorker();
}, 60_000);
afterAll(() => agents.close());

describe('a run', () => {
  test('calls the tools of its plan in a worktree of its own, and leaves a commit on the branch of its lane', async () => {
    const id = await agents.insert([
      write('first', 'notes/a.txt', 'one\n'),
      write('second', 'b.txt', 'two\n'),
    ]);
    const row = await agents.untilStatus(id, 'succeeded');
    expect(row.result.branch).toBe('agent/s1/A');
    expect(await agents.git('show', 'agent/s1/A:notes/a.txt')).toBe('one');
    expect(await agents.git('log', '--format=%s', 'main..agent/s1/A')).toBe(
      `second of run ${id}\nfirst of run ${id}`,
    );
    expect(row.error).toBeNull();
  });
});
