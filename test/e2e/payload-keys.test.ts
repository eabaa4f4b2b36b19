import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { insertJob } from '../support/jobs.ts';
import { until } from '../support/until.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

test('a worker without the key of the starter says in its log which one it lacks; given it, the job goes on', async () => {
  const fleet = await Fleet.create();
  const [march, april] = [newKey('2026-03'), newKey('2026-04')];
  try {
    await fleet.start('starter', { TEMPORAL_PAYLOAD_KEYS: march });
    const wrong = await fleet.start('worker', { TEMPORAL_PAYLOAD_KEYS: april });
    const id = await insertJob(fleet.pool, { upload_path: 'gone.pdf' });
    const message = 'encrypted with the key \\"2026-03\\", which TEMPORAL_PAYLOAD_KEYS lacks';
    await until(async () => JSON.stringify(await fleet.logLines()).includes(message));
    // Its workflow may be met before the claim that started it has committed.
    await until(async () => (await fleet.job(id)).attempt === 1);
    await wrong.stop(20_000);
    await fleet.start('worker', { TEMPORAL_PAYLOAD_KEYS: `${april},${march}` });
    expect(await fleet.settled(id)).toMatchObject({ error_code: 'IO_ERROR', attempt: 1 });
  } finally {
    await fleet.close();
  }
});
