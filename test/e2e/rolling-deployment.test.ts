import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet, type RunningRole } from '../support/fleet.ts';
import { type HeldGateway, holdGateway } from '../support/held-gateway.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const jobs = 40;

let fleet: Fleet;
let gateway: HeldGateway;
beforeAll(async () => {
  gateway = await holdGateway();
  fleet = await Fleet.create();
  await mkdir(join(fleet.folder, 'uploads'));
  await writeFile(join(fleet.folder, 'uploads', 'a.pdf'), '%PDF-1.7');
});
afterAll(async () => {
  await gateway.close();
  await fleet.close();
});

const settings = () => ({ GATEWAY_URL: gateway.url, SHUTDOWN_GRACE_TIME: '500' });

/** Ends a process as an orchestrator does, and starts the next version of it. */
async function roll(old: RunningRole): Promise<RunningRole> {
  expect(await old.kill('SIGTERM')).toBe('exit code 0');
  return fleet.start(old.role, settings());
}

/** Why tries of the jobs' activities broke off, as Temporal keeps it of the last one of each job. */
async function failedTries(): Promise<Set<string>> {
  const { client, close } = await connectTemporal();
  const { rows } = await fleet.pool.query<{ id: string }>('SELECT id FROM jobs');
  const reasons = new Set<string>();
  for (const { id } of rows) {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    for (const event of events ?? []) {
      const { message } = event.activityTaskStartedEventAttributes?.lastFailure ?? {};
      if (message) reasons.add(message);
    }
  }
  await close();
  return reasons;
}

test('a fleet that is ended and started again one by one, with jobs under way, fails none and loses no worker', async () => {
  const fleetRoles = [
    await fleet.start('starter', settings()),
    await fleet.start('starter', settings()),
    await fleet.start('worker', settings()),
    await fleet.start('worker', settings()),
  ];
  await fleet.pool.query(`INSERT INTO jobs (upload_path) SELECT 'a.pdf' FROM generate_series(1, $1)`, [jobs]);
  await gateway.called(10);
  for (const role of fleetRoles) await roll(role);
  gateway.release();

  await until(async () => {
    const { rows } = await fleet.pool.query(`SELECT FROM jobs WHERE status IN ('queued', 'processing')`);
    return rows.length === 0;
  });
  const { rows } = await fleet.pool.query(
    'SELECT status::text, attempt, count(*)::integer AS jobs FROM jobs GROUP BY 1, 2',
  );
  expect(rows).toEqual([{ status: 'complete', attempt: 1, jobs }]);
  const lines = await fleet.logLines();
  expect(
    lines.filter(({ msg }) => msg === 'the worker stops; the job is handed back').length,
  ).toBeGreaterThan(0);
  // A job whose worker was lost would have waited for the heartbeat timeout.
  expect(await failedTries()).toEqual(new Set(['the worker stopped']));
}, 180_000);
