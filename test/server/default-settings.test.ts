import { expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { withDefaults } from '../../src/platform/default-settings.ts';

test('what is left out is as in the server', () => {
  const databaseUrl = 'postgres://127.0.0.1/orders';
  const { healthPort, claimStaleMs, databaseDirectUrl, ...settings } = withDefaults({ databaseUrl });
  expect({ healthPort, claimStaleMs, databaseDirectUrl }).toEqual({});
  expect(loadSettings({ DATABASE_URL: databaseUrl })).toMatchObject(settings);
});

test('what is given holds', () => {
  const settings = withDefaults({
    databaseUrl: 'postgres://127.0.0.1/orders',
    workerId: 'one',
    claimBatch: 3,
  });
  expect(settings).toMatchObject({ workerId: 'one', claimBatch: 3, taskQueue: 'switchyard' });
});
