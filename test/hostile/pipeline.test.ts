import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { answerStatus, answerXml } from '../support/gateway.ts';
import { insertJob } from '../support/jobs.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
beforeAll(async () => {
  database = await createTestDatabase();
  pipeline = await createPipeline({ databaseUrl: database.url });
  await pipeline.startWorker({ GATEWAY_MAX_ATTEMPTS: '1' });
});
afterAll(async () => {
  await pipeline.close();
  await database.drop();
});

test.each([
  ['half a letter', '\ud800', 'GW_4XX'],
  ['a letter that is cut in two', `${'x'.repeat(499)}😀`, 'GW_4XX'],
  ['controls and NUL', '\u0000\u001b[31m', 'GW_4XX'],
])('a gateway that gives its reason with %s fails its job alone', async (_, detail, code) => {
  pipeline.gateway.answer = answerStatus(
    400,
    { 'content-type': 'application/problem+json' },
    JSON.stringify({ detail }),
  );
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({ error_code: code });
});

test('a gateway that answers with an element whose name is cut in two fails its job alone', async () => {
  pipeline.gateway.answer = answerXml(`<a>${'</'}${'x'.repeat(165)}${'𐐀'.repeat(30)}>`);
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({ error_code: 'GW_BAD_XML' });
});
