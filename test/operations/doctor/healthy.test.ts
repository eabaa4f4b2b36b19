import { expect, test } from 'vitest';
import { openHealthySystem } from '../../support/healthy-system.ts';

test('doctor finds nothing in a healthy system, and says how much it looked at', async () => {
  const system = await openHealthySystem();
  try {
    const { findings, made, notMade } = await system.diagnose();
    expect(findings).toEqual([
      {
        code: 'ALL_WELL',
        severity: 'ok',
        subject: 'switchyard',
        text: `${made} checks, nothing found`,
        wayOut: null,
      },
    ]);
    expect(notMade).toBe(0);
    expect(made).toBeGreaterThan(40);
  } finally {
    await system.close();
  }
});
