import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../../../test/support/fleet.ts';
import { isAlive } from '../../../test/support/processes.ts';
import { until } from '../../../test/support/until.ts';
import { insertTask, makeRepository, readTask } from './support/builds.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await Fleet.create();
  Object.assign(fleet.env, {
    QUEUES: 'builds,deployments',
    BUILD_ROOT: join(fleet.folder, 'builds'),
    BUILD_LOCAL_ROOTS: join(fleet.folder, 'repositories'),
    DEPLOY_ROOT: join(fleet.folder, 'deployments'),
  });
});
afterEach(() => fleet.close());

/** A build that hangs at its first try alone. Answers its id, and the process that hangs. */
async function hangingBuild(): Promise<{ id: string; pid: number }> {
  const repository = join(fleet.folder, 'repositories', 'r');
  const pidFile = join(fleet.folder, 'pid');
  const script = `[ -e ${pidFile} ] || { echo $$ > ${pidFile}; exec sleep 3600; }; mkdir dist; echo one > dist/a`;
  await makeRepository(repository, { 'build.sh': script });
  const id = await insertTask(fleet.pool, 'builds', { repository });
  const pid = await until(async () => Number(await readFile(pidFile, 'utf8').catch(() => '')) || undefined);
  return { id, pid };
}

const succeeded = (id: string) =>
  until(async () => {
    const row = await readTask(fleet.pool, 'builds', id);
    return row.status === 'succeeded' && row;
  });

async function audit(): Promise<string[]> {
  const { rows } = await fleet.pool.query<{ entry: string }>(
    `SELECT action || coalesce(' ' || task_id, '') AS entry FROM switchyard.audit_entries ORDER BY id`,
  );
  return rows.map(({ entry }) => entry);
}

test('a worker killed in a build takes it along: one retry, one artifact', async () => {
  await fleet.start('starter');
  const worker = await fleet.start('worker');
  const { id, pid } = await hangingBuild();
  await worker.kill('SIGKILL');
  await until(async () => !(await isAlive(pid)));
  await fleet.start('worker');

  expect(await succeeded(id)).toMatchObject({ attempt: 1 });
  const folder = join(fleet.folder, 'builds', id);
  await until(async () => (await readdir(folder)).sort().join() === 'artifact.tar.gz,build.log');
  expect((await readFile(join(folder, 'build.log'), 'utf8')).match(/--- attempt/g)).toHaveLength(2);
  expect((await audit()).filter((entry) => entry.startsWith('BUILD'))).toEqual([
    `BUILD_STARTED ${id}`,
    `BUILD_RECOVERY ${id}`,
    `BUILD_SUCCEEDED ${id}`,
  ]);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s stops a worker cleanly: its build goes on elsewhere, and it says that it stopped',
  async (signal) => {
    await fleet.start('starter');
    const worker = await fleet.start('worker', { SHUTDOWN_GRACE_TIME: '100' });
    const { id, pid } = await hangingBuild();
    expect(await worker.kill(signal)).toBe('exit code 0');
    expect(await isAlive(pid)).toBe(false);
    expect((await readTask(fleet.pool, 'builds', id)).status).toBe('ongoing');
    expect((await audit()).toSorted()).toEqual([
      `BUILD_STARTED ${id}`,
      'WORKER_STARTED',
      'WORKER_STARTED',
      'WORKER_STOPPED',
      'WORKER_STOPPED',
    ]);
    await fleet.start('worker');
    expect(await succeeded(id)).toMatchObject({ attempt: 1 });
  },
);
