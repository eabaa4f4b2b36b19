import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fleet, type RunningRole } from '../support/fleet.ts';
import { example, realInvoices } from '../support/invoices.ts';
import { until } from '../support/until.ts';

let fleet: Fleet;
let workers: RunningRole[];
beforeAll(async () => {
  fleet = await Fleet.create();
  await fleet.start('gateway');
  const [first, second] = await Promise.all([
    fleet.start('worker'),
    fleet.start('worker'),
    fleet.start('starter'),
    fleet.start('starter'),
    fleet.start('api'),
  ]);
  workers = [first, second];
});
afterAll(() => fleet.close());

function expectWellFormed(xml: string): void {
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
}

describe('an uploaded PDF', () => {
  test('ends complete with well-formed XML, without anything else being done', async () => {
    const row = await fleet.settled(await fleet.upload(example('plain-invoice.pdf')));
    expect(row).toMatchObject({ status: 'complete', error_code: null, attempt: 1, leased_by: null });
    expectWellFormed(await fleet.result(row));
  });

  test('with 510 line items has all 510 in the XML', async () => {
    const row = await fleet.settled(await fleet.upload(example('510-line-items.pdf')));
    const xml = await fleet.result(row);
    expectWellFormed(xml);
    expect(xml.match(/<line>/g)).toHaveLength(510);
  });

  test('that is hybrid gives its embedded XML byte for byte with the mapping en16931', async () => {
    const row = await fleet.settled(
      await fleet.upload(example('hybrid-invoice.pdf'), { mapping: 'en16931' }),
    );
    expect(row.status).toBe('complete');
    expect(await fleet.result(row)).toContain('CrossIndustryInvoice');
  });

  test('that is broken fails with a code and a message that says why', async () => {
    const row = await fleet.settled(await fleet.upload(example('broken.pdf')));
    expect(row).toMatchObject({ status: 'failed', error_code: 'GW_4XX', leased_by: null });
    expect(row.error_message).toMatch(/PDF/);
  });

  test('of 40 MB converts, and the workers stay under 256 MB', async () => {
    const big = join(fleet.folder, 'big.pdf');
    await writeFile(big, await paddedInvoice(40 * 1024 * 1024));
    const row = await fleet.settled(await fleet.upload(big));
    expect(row).toMatchObject({ status: 'complete' });
    for (const worker of workers) expect(await peakMemoryMiB(worker.pid)).toBeLessThan(256);
  });

  test.skipIf(realInvoices.length === 0).each(realInvoices)('%s converts', async (file) => {
    const row = await fleet.settled(await fleet.upload(file));
    expect(row).toMatchObject({ status: 'complete', error_message: null });
    expectWellFormed(await fleet.result(row));
  });

  test('carries its job id in every log line, from upload through starter to the activities', async () => {
    const requestId = 'request-of-the-log-test';
    const id = await fleet.upload(example('plain-invoice.pdf'), {}, { 'x-request-id': requestId });
    await fleet.settled(id);
    const wanted = ['api', 'starter', 'worker', 'gateway'];
    const lines = await until(async () => {
      const ofJob = (await fleet.logLines()).filter((line) => line['jobId'] === id);
      return wanted.every((role) => ofJob.some((line) => line['role'] === role)) && ofJob;
    });
    const ofStarterAndWorker = lines.filter((line) => line['role'] !== 'gateway' && line['sdk'] !== true);
    for (const line of ofStarterAndWorker) expect(line).toMatchObject({ requestId });
    const ofWorker = lines.filter((line) => line['role'] === 'worker' && line['msg'] === 'job complete');
    expect(ofWorker).toMatchObject([{ queue: 'invoices', attempt: 1 }]);
  });
});

describe('uploads', () => {
  test('are started first in, first out', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await fleet.upload(example('plain-invoice.pdf')));
    const rows = await Promise.all(ids.map((id) => fleet.settled(id)));
    const started = rows.map((row) => row.started_at?.getTime() ?? 0);
    expect(started).toEqual([...started].sort((a, b) => a - b));
  });

  test('leave no temporary file behind', async () => {
    await fleet.settled(await fleet.upload(example('plain-invoice.pdf')));
    const left = async () => {
      const names = await Promise.all(
        ['uploads', 'results', 'staging'].map((name) => readdir(join(fleet.folder, name))),
      );
      return names.flat().filter((name) => name.endsWith('.part'));
    };
    await until(async () => (await left()).length === 0);
  });
});

/** A page with text, and as many bytes of something else as a scanner or a careless program puts in. */
async function paddedInvoice(bytes: number): Promise<Uint8Array> {
  const pdf = await PDFDocument.load(await readFile(example('plain-invoice.pdf')));
  const noise = randomBytes(bytes); // of the kind that does not compress
  await pdf.attach(noise, 'scan.bin', { mimeType: 'application/octet-stream' });
  const padded = await pdf.save({ useObjectStreams: false });
  expect(padded.length).toBeGreaterThan(bytes);
  return padded;
}

async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
