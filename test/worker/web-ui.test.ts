import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerLater, answerStatus, answerXml, drain } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { namespace } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { currentDetails, metadataQuery } from '../support/web-ui.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
beforeEach(async () => {
  database = await createLettersDatabase();
});
afterEach(async () => {
  await office.close();
  await database.drop();
});

async function startLetter(): Promise<string> {
  const id = await insertLetter(office.pool, { title: 'secret-title' });
  await office.starter().runOnce();
  return id;
}

const untilDetails = (id: string, words: RegExp) =>
  until(async () => {
    const details = await currentDetails(office.workflow(id));
    return words.test(details) ? details : undefined;
  });

const answerWords: Office['carrier']['answer'] = async (request, response) => {
  await drain(request);
  response.writeHead(502).end('secret [words](https://x.example)');
};

/** How often a workflow was told what its work is doing. */
async function tellings(id: string): Promise<number> {
  const { events } = await office.workflow(id).fetchHistory();
  return events?.filter((event) => event.workflowExecutionSignaledEventAttributes != null).length ?? 0;
}

test('current details say which try failed, why, and when the next one begins; the result says what came of it', async () => {
  office = await openOffice({ databaseUrl: database.url });
  office.carrier.answer = answerWords;
  await office.startWorker({ retryInitialMs: 4_000 });
  const id = await startLetter();
  const details = await untilDetails(id, /^Try/);
  expect(details).toMatch(
    /^Try 1 of 6 failed: the carrier answered 502: secret \\\[words\\\]\S+ \(CARRIER_AWAY\)\. The next one begins in [234] s\.$/,
  );
  office.carrier.answer = answerXml('<receipt/>');
  expect(await office.workflow(id).result()).toEqual({
    status: 'complete',
    tries: 2,
    result: { path: `results/${id}.xml`, bytes: 10 },
  });
  expect(await currentDetails(office.workflow(id))).toBe('Complete.');
});

test('a job that fails says so, and the write of its end is named', async () => {
  office = await openOffice({ databaseUrl: database.url });
  office.carrier.answer = answerStatus(400);
  await office.startWorker();
  const id = await startLetter();
  await office.untilStatus(id, 'failed');
  expect(await untilDetails(id, /^Failed/)).toBe('Failed with CARRIER_REFUSED: the carrier answered 400');
  const { events } = await office.workflow(id).fetchHistory();
  const summaries = events?.flatMap(({ userMetadata }) => userMetadata?.summary?.data ?? []).map(String);
  expect(summaries).toEqual([
    '"secret-title"',
    '"Send the letter"',
    '"End the row: failed with CARRIER_REFUSED"',
  ]);
});

test('what a job waits for is told once, however often it looks', async () => {
  office = await openOffice({ databaseUrl: database.url });
  const id = await startLetter();
  await office.pool.query(`SELECT switchyard.pause_system('carrier', 'strike')`);
  await office.startWorker({ probeIntervalMs: 50 });
  expect(await untilDetails(id, /^Waits/)).toBe('Waits: the carrier is paused: strike');
  await until(async () => {
    const { raw } = await office.workflow(id).describe();
    return (raw.pendingActivities?.[0]?.attempt ?? 0) > 5;
  });
  expect(await tellings(id)).toBe(1);
});

test('work that lasts says what it is doing: in its heartbeat, and in the details after a while', async () => {
  office = await openOffice({ databaseUrl: database.url });
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  await office.startWorker();
  const id = await startLetter();
  expect(await untilDetails(id, /./)).toBe('sending the letter');
  const { raw } = await office.workflow(id).describe();
  const beat = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
  expect(JSON.parse(String(beat))).toMatchObject({
    try: 1,
    of: 6,
    now: 'sending the letter',
    interruptions: 0,
  });
  held.release();
  await office.untilStatus(id, 'complete');
  expect(await tellings(id)).toBe(1);
});

test('with a key Temporal has no word of all this in the open', async () => {
  const key = { id: 'one', key: randomBytes(32) };
  office = await openOffice({ databaseUrl: database.url, payloadKeys: [key] });
  office.carrier.answer = answerWords;
  await office.startWorker({ retryInitialMs: 60_000 });
  const id = await startLetter();
  await untilDetails(id, /^Try 1 of 6 failed: .*secret/);
  const execution = { workflowId: id };
  const service = office.client.workflowService;
  const { GetWorkflowExecutionHistoryResponse, DescribeWorkflowExecutionResponse, QueryWorkflowResponse } =
    temporal.api.workflowservice.v1;
  const stored = Buffer.concat([
    GetWorkflowExecutionHistoryResponse.encode(
      await service.getWorkflowExecutionHistory({ namespace, execution }),
    ).finish(),
    DescribeWorkflowExecutionResponse.encode(
      await service.describeWorkflowExecution({ namespace, execution }),
    ).finish(),
    QueryWorkflowResponse.encode(
      await service.queryWorkflow({ namespace, execution, query: { queryType: metadataQuery } }),
    ).finish(),
  ]).toString('latin1');
  expect(stored).toMatch('switchyard-progress');
  expect(stored).not.toMatch(/secret|carrier answered|Try 1|Queue:|"now"|"interruptions"|Send the letter/);
});
