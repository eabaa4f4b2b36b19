import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RuleChecks } from '../../gateway/rules/rule-checks.ts';
import { exampleBytes, formOf, refusal, send, startGateway, type TestGateway } from './support.ts';

const limits = { concurrency: 1, memoryMiB: 512, timeoutMs: 60_000, waitingEach: 20 };
let checks: RuleChecks;
let reporting: TestGateway;
let refusing: TestGateway;
beforeAll(async () => {
  checks = new RuleChecks(limits);
  reporting = await startGateway({ resultCheck: { checks, refuse: false } });
  refusing = await startGateway({ resultCheck: { checks, refuse: true } });
  await checks.ready();
});
afterAll(() => Promise.all([reporting.close(), refusing.close(), checks.close()]));

const en16931 = { mapping: 'en16931.json' };
const reportOf = (response: Response): unknown =>
  JSON.parse(response.headers.get('x-invoice-validation') ?? 'null');

/** An invoice that says next to nothing. */
async function poorInvoice(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  const page = pdf.addPage([300, 300]);
  page.drawText('INVOICE', { x: 20, y: 250, size: 20 });
  page.drawText('Invoice number: 4711', { x: 20, y: 220, size: 10 });
  page.drawText('Invoice date: 2024-03-05', { x: 20, y: 200, size: 10 });
  return pdf.save();
}

test('a result goes with what the official rules say of it', async () => {
  const good = await send(reporting, formOf(await exampleBytes('plain-invoice.pdf'), en16931));
  expect(reportOf(good)).toMatchObject({ syntax: 'UBL', passed: true });
  const poor = await send(reporting, formOf(await poorInvoice(), en16931));
  expect(poor.status).toBe(200);
  expect(reportOf(poor)).toMatchObject({ syntax: 'UBL', passed: false, more: expect.any(Number) });
});

test('a result that breaks rules is refused when that is asked for, with the rules', async () => {
  const refused = await refusal(await send(refusing, formOf(await poorInvoice(), en16931)));
  expect(refused).toMatchObject({
    status: 422,
    code: 'RULES_BROKEN',
    detail: expect.stringMatching(/\[BR-.*more/),
  });
});

test('a result that no rules are for is answered all the same', async () => {
  const response = await send(refusing, formOf(await exampleBytes('plain-invoice.pdf')));
  expect(response.status).toBe(200);
  expect(reportOf(response)).toMatchObject({ notOurs: true });
});

test('JSON is not checked', async () => {
  const init = { headers: { accept: 'application/json' } };
  const response = await send(refusing, formOf(await exampleBytes('plain-invoice.pdf'), en16931), init);
  expect(response.status).toBe(200);
  expect(response.headers.get('x-invoice-validation')).toBeNull();
});

test('a check that does not end in time is told, and is no failure of the result', async () => {
  const slow = new RuleChecks({ ...limits, timeoutMs: 1 });
  await slow.ready();
  try {
    const report = await slow.check('pipelines/invoices/package.json', new AbortController().signal);
    expect(report).toEqual({ notChecked: expect.stringContaining('GATEWAY_PROCESS_TIMEOUT') });
  } finally {
    await slow.close();
  }
});
