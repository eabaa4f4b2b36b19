import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TypedSearchAttributes } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areClusterProgramsBuilt } from '../../server/dev/temporal-cluster/programs.ts';
import { startTemporalCluster, type TemporalCluster } from '../../server/dev/temporal-cluster/start.ts';
import { searchAttributes } from '../../src/queues/search-attributes.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let folder: string;
let cluster: TemporalCluster;

/** Whether the process runs. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// Built by `npm run temporal-cluster`; to build it here would take ten minutes.
describe.skipIf(!(await areClusterProgramsBuilt()))('a Temporal cluster', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-cluster-'));
    cluster = await startTemporalCluster({ folder, shards: 4, processes: 2 });
  });
  afterAll(async () => {
    await cluster.stop(20_000);
    await rm(folder, { recursive: true, force: true });
  });

  test('takes starts with search attributes, also when one of two processes of history is gone; its end leaves nothing running', async () => {
    const temporal = await connectTemporal(cluster.address);
    const start = (workflowId: string) =>
      temporal.client.workflow.start('none', {
        workflowId,
        taskQueue: 'none',
        typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.queue, value: 'letters' }]),
      });
    await start('first');
    process.kill(cluster.pids['history-1'] ?? 0, 'SIGKILL');
    expect(await cluster.ended).toBe('history-1 ended (SIGKILL)');
    // More than there are shards: some of them were those of the process that is gone.
    for (let i = 0; i < 12; i += 1)
      await until(() =>
        start(`later-${i}`).then(
          () => true,
          () => false,
        ),
      );
    const found = await until(async () => {
      const { count } = await temporal.client.workflow.count('SwitchyardQueue = "letters"');
      return count === 13 ? count : undefined;
    });
    expect(found).toBe(13);
    await temporal.close();
    await cluster.stop(20_000);
    expect(Object.values(cluster.pids).filter(runs)).toEqual([]);
  });
});
