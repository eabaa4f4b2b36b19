import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { answerStatus, answerXml } from '../support/gateway.ts';
import { insertJob, type JobFields } from '../support/jobs.ts';
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

const complete: JobFields[] = [
  { original_name: `${'x'.repeat(199)}😀 cut in the middle of a letter` },
  { original_name: `"\u0001\r\n\u202e${'ü'.repeat(100_000)}` },
  { request_id: 'a\r\nx-job-id: other' },
  { request_id: 'r'.repeat(3_000_000) },
  { priority: 2_147_483_647 },
  { priority: -2_147_483_648 },
  { attempt: 2_147_483_647 },
  { customer: '😀'.repeat(50_000) },
  { mapping: 'x'.repeat(200_000) },
];

test('rows with anything in their columns are all started and completed by Temporal', async () => {
  pipeline.gateway.answer = answerXml('<invoice/>');
  const starter = pipeline.starter();
  const ids = await Promise.all(complete.map((fields) => insertJob(pipeline.pool, fields)));
  let started = 0;
  while (started < ids.length) {
    // Customers take turns, so that one pass need not take all.
    const pass = await starter.runOnce();
    expect(pass.refused).toBe(0);
    started += pass.started;
  }
  for (const id of ids) await pipeline.untilStatus(id, 'complete');
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
