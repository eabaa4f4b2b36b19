import { describe, expect, test } from 'vitest';
import { residentByPs, residentMiB } from '../../commands/resident-memory.ts';

describe('the memory that a process holds', () => {
  test.each([
    ['as this system tells it', residentMiB],
    ['by ps', residentByPs],
  ])('%s is about what the process itself knows', async (_, residentOf) => {
    const known = process.memoryUsage.rss() / 1024 / 1024;
    const told = await residentOf(process.pid);
    expect(told).toBeGreaterThan(known / 2);
    expect(told).toBeLessThan(known * 2);
  });

  test('is 0 for a process that is gone', async () => {
    expect([await residentMiB(2 ** 22 + 1), await residentByPs(2 ** 22 + 1)]).toEqual([0, 0]);
  });
});
