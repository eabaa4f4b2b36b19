import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fleet, type RunningRole } from '../support/fleet.ts';
import { healthUrlOf } from './compose-file.ts';

const check = (url: string) => promisify(execFile)(process.execPath, ['deploy/health.mjs', url]);
const names = ['gateway', 'api', 'starter', 'worker'] as const;
const running = new Map<string, RunningRole>();
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.create();
  for (const name of names) running.set(name, await fleet.start(name));
});
afterAll(() => fleet.close());

describe('the health check of a container', () => {
  test.each(names)('finds the real %s at the path that docker-compose.yml asks', async (name) => {
    await expect(check(new URL(healthUrlOf(name).pathname, running.get(name)?.url).href)).resolves.toEqual({
      stdout: '',
      stderr: '',
    });
  });

  test('fails with what the address says when that is no good answer', async () => {
    const url = `${running.get('starter')?.url}/health/unknown`;
    await expect(check(url)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${url}: 404`),
    });
  });

  test('fails when nobody listens', async () => {
    const worker = running.get('worker');
    await worker?.stop(20_000);
    await expect(check(`${worker?.url}/health/ready`)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
