import { afterEach, beforeEach, expect, test } from 'vitest';
import { get } from '../support/http.ts';
import { inFlight, insertLetter } from '../support/letters/rows.ts';
import { pretendStarter } from '../support/why.ts';
import { type LettersApi, startLettersApi } from './letters-api.ts';

let api: LettersApi;
let stopStarter: () => Promise<void>;
beforeEach(async () => {
  api = await startLettersApi();
  stopStarter = await pretendStarter(api.pool, 'letters');
});
afterEach(async () => {
  await stopStarter();
  await api.close();
});

const waitsOf = async (path: string) => (await get(api, path)).json()['waits'];

test('a job says why it is not running, by its own route and where it is shown', async () => {
  const id = await insertLetter(api.pool);
  await api.pool.query(`SELECT switchyard.pause_queue('letters', 'strike')`);

  const waits = await waitsOf(`/api/queues/letters/jobs/${id}/why`);

  expect(waits).toMatchObject([{ code: 'PAUSED', wayOut: 'switchyard resume letters' }]);
  expect(await waitsOf(`/api/queues/letters/jobs/${id}`)).toEqual(waits);
});

test('a job that runs waits for nothing', async () => {
  const id = await insertLetter(api.pool, inFlight);
  expect(await waitsOf(`/api/queues/letters/jobs/${id}/why`)).toEqual([]);
});

test.each([
  ['/api/queues/letters/jobs/00000000-0000-0000-0000-000000000000/why', 404, 'NO_SUCH_JOB'],
  ['/api/queues/letters/jobs/x/why', 400, 'BAD_JOB_ID'],
  ['/api/queues/lettres/jobs/x/why', 404, 'NO_SUCH_QUEUE'],
])('%s is refused with %i %s', async (path, status, code) => {
  const answer = await get(api, path);
  expect([answer.status, answer.json()['code']]).toEqual([status, code]);
});
