import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { decodePDFRawStream, PDFDict, PDFDocument, PDFName, PDFRawStream } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realInvoices } from '../../../../test/support/invoices.ts';
import { exampleBytes, formOf, parse, send, startGateway, type TestGateway } from './support.ts';
import { schemaProblems } from './xsd.ts';

let gateway: TestGateway;
let xsd: string;
beforeAll(async () => {
  gateway = await startGateway({ concurrency: 2 });
  xsd = await readFile('mappings/invoice.xsd', 'utf8');
});
afterAll(() => gateway.close());

async function convert(pdf: Uint8Array, mapping: string): Promise<Buffer> {
  const response = await send(gateway, formOf(pdf, { mapping: `${mapping}.json` }));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The first file inside a PDF, read by another library than ours. */
async function embeddedFile(pdf: Uint8Array): Promise<Buffer | undefined> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    const files = object instanceof PDFDict ? object.lookupMaybe(PDFName.of('EF'), PDFDict) : undefined;
    const stream = files?.lookup(PDFName.of('F'));
    if (stream instanceof PDFRawStream) return Buffer.from(decodePDFRawStream(stream).decode());
  }
  return undefined;
}

describe('the neutral XML', () => {
  test('of an invoice has its fields', async () => {
    const xml = (await convert(await exampleBytes('plain-invoice.pdf'), 'invoice')).toString();
    for (const element of [
      '<type>invoice</type>',
      '<number>HL-2026-0117</number>',
      '<date>2026-01-15</date>',
      '<dueDate>2026-02-14</dueDate>',
      '<orderNumber>PO-2026-0042</orderNumber>',
      '<currency>EUR</currency>',
      '<name>Harbour Lamps Ltd</name>',
      '<name>Orchard Books GmbH</name>',
      '<net>978.40</net>',
      '<tax>195.68</tax>',
      '<gross>1174.08</gross>',
      '<description>Reading lamp, black</description>',
    ]) {
      expect(xml).toContain(element);
    }
  });

  test('of 510 line items has all 510, in order', async () => {
    const xml = (await convert(await exampleBytes('510-line-items.pdf'), 'invoice')).toString();
    const found = [...xml.matchAll(/<description>Lamp part no\. (\d{4})<\/description>/g)].map(([, no]) =>
      Number(no),
    );
    expect(found).toEqual(Array.from({ length: 510 }, (_, i) => i + 1));
    expect(xml.match(/<line>/g)).toHaveLength(510);
    expect(schemaProblems(xsd, parse(xml))).toEqual([]);
  });

  test('is checked by a schema that finds faults', async () => {
    const xml = (await convert(await exampleBytes('plain-invoice.pdf'), 'invoice')).toString();
    const faults = (from: string, to: string) => schemaProblems(xsd, parse(xml.replace(from, to)));
    expect(faults('', '')).toEqual([]);
    expect(faults('<date>2026-01-15</date>', '<date>15.01.2026</date>')).toHaveLength(1);
    expect(faults('<currency>EUR</currency>', '<currency>€</currency>')).toHaveLength(1);
    expect(faults('<type>invoice</type>', '')).toHaveLength(1);
    expect(faults('<gross>1174.08</gross>', '<gross>1,174.08</gross>')).toHaveLength(1);
    expect(faults('<number>', '<nonsense>1</nonsense><number>')).not.toEqual([]);
  });
});

describe('a hybrid PDF', () => {
  test('is answered with its embedded XML byte for byte under en16931', async () => {
    const pdf = await exampleBytes('hybrid-invoice.pdf');
    const embedded = await embeddedFile(pdf);
    expect(embedded?.toString()).toContain('<rsm:CrossIndustryInvoice');
    expect((await convert(pdf, 'en16931')).equals(embedded ?? Buffer.alloc(0))).toBe(true);
  });

  test('has the values of its embedded XML in the neutral one', async () => {
    const xml = (await convert(await exampleBytes('hybrid-invoice.pdf'), 'invoice')).toString();
    expect(xml).toContain('<number>HL-2026-0118</number>');
    expect(xml).toContain('<unit>C62</unit>');
    expect(xml).toContain('<gross>1174.08</gross>');
    expect(schemaProblems(xsd, parse(xml))).toEqual([]);
  });
});

// These lie beside a checkout of the developers; elsewhere there are none.
describe.skipIf(realInvoices.length === 0)('a real invoice', () => {
  test.each(realInvoices.map((path) => [basename(path), path] as const))('%s converts', async (_, path) => {
    const pdf = await readFile(path);
    expect(schemaProblems(xsd, parse((await convert(pdf, 'invoice')).toString()))).toEqual([]);
    const embedded = await embeddedFile(pdf);
    const en16931 = await convert(pdf, 'en16931');
    if (embedded !== undefined) expect(en16931.equals(embedded)).toBe(true);
    else expect(parse(en16931.toString()).name).toMatch(/^(ubl:Invoice|cn:CreditNote)$/);
  });
});
