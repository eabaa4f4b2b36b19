import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { PDFDocument, PDFName } from 'pdf-lib';
import { describe, expect, it } from 'vitest';
import { openPdf, PdfProblem } from '../../../../lib/pdf/pdf.ts';
import { printInvoice, rawPdf, streamObject } from '../../../../lib/test/support/pdfs.ts';
import { readInvoice } from '../../../gateway/read-invoice.ts';
import { readText } from '../../../gateway/text.ts';

async function problemOf(bytes: Uint8Array): Promise<{ code: string; message: string }> {
  const error = await readInvoice(bytes).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PdfProblem)) throw new Error(`expected a PdfProblem, got ${String(error)}`);
  return { code: error.code, message: error.message };
}

const onePage = (content: string): string[] => [
  '<</Type/Catalog/Pages 2 0 R>>',
  '<</Type/Pages/Kids[3 0 R]/Count 1>>',
  '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>',
  streamObject(content),
  '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
];

const cii = (number: string, lines = ''): string => `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:r">
<rsm:ExchangedDocument><ram:ID>${number}</ram:ID><ram:TypeCode>380</ram:TypeCode></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>${lines}</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>`;

async function hybrid(xml: string, name = 'factur-x.xml'): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  await printInvoice(pdf, [{ description: 'Printed', quantity: 2, unitPrice: 150 }]);
  await pdf.attach(Buffer.from(xml), name, { mimeType: 'text/xml' });
  return pdf.save();
}

const zeros = (megabytes: number): Uint8Array =>
  deflateSync(Buffer.alloc(megabytes * 1_000_000), { level: 1 });

/** Reads an invoice in a process of its own; answers its lines and the most memory that the process had. */
async function readInChild(bytes: Uint8Array): Promise<{ lines: unknown; megabytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'read-invoice-'));
  try {
    const path = join(folder, 'invoice.pdf');
    await writeFile(path, bytes);
    const module = new URL('../../../gateway/read-invoice.ts', import.meta.url).href;
    const script = `
      import { readFileSync } from 'node:fs';
      import { readInvoice } from ${JSON.stringify(module)};
      const { invoice } = await readInvoice(new Uint8Array(readFileSync(${JSON.stringify(path)})));
      const megabytes = process.resourceUsage().maxRSS / 1024;
      console.log(JSON.stringify({ lines: invoice.lines, megabytes }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('readInvoice', () => {
  it('reads all 510 lines of an invoice of many pages', async () => {
    const lines = Array.from({ length: 510 }, (_, i) => ({
      description: `Article ${i + 1}, in a box of ${(i % 12) + 1}`,
      quantity: (i % 7) + 1,
      unitPrice: 100 + i,
    }));
    const pdf = await PDFDocument.create();
    await printInvoice(pdf, lines);
    const { invoice } = await readInvoice(await pdf.save());
    expect(invoice.lines).toEqual(
      lines.map(({ description, quantity, unitPrice }) => ({
        description,
        quantity: String(quantity),
        unitPrice: (unitPrice / 100).toFixed(2),
        amount: ((quantity * unitPrice) / 100).toFixed(2),
      })),
    );
    const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    expect(invoice).toMatchObject({
      number: '1001',
      date: '2026-11-24',
      currency: 'GBP',
      totals: { gross: (total / 100).toFixed(2) },
    });
  });

  it('reads the text of a PDF of 40 MB without unpacking its images', async () => {
    const pdf = await PDFDocument.create();
    await printInvoice(pdf, [{ description: 'Poster', quantity: 1, unitPrice: 999 }]);
    const [page] = pdf.getPages();
    const images = [
      { data: randomBytes(40_000_000), width: 5_000, height: 2_666, entries: {} },
      // Unpacks to 600 MB.
      { data: zeros(600), width: 20_000, height: 10_000, entries: { Filter: 'FlateDecode' } },
    ];
    for (const [i, { data, width, height, entries }] of images.entries()) {
      const kind = { Type: 'XObject', Subtype: 'Image', BitsPerComponent: 8, ColorSpace: 'DeviceRGB' };
      const image = pdf.context.stream(data, { ...kind, Width: width, Height: height, ...entries });
      page?.node.setXObject(PDFName.of(`Image${i}`), pdf.context.register(image));
      const drawn = pdf.context.stream(`q 100 0 0 100 0 0 cm /Image${i} Do Q\n`);
      page?.node.addContentStream(pdf.context.register(drawn));
    }
    const { lines, megabytes } = await readInChild(await pdf.save());
    expect(lines).toEqual([{ description: 'Poster', quantity: '1', unitPrice: '9.99', amount: '9.99' }]);
    expect(megabytes).toBeLessThan(400);
  });

  it('takes the fields from the embedded XML, and what it leaves out from the text', async () => {
    const xml = cii('X-1');
    const { invoice, attachment, warnings } = await readInvoice(await hybrid(xml));
    expect(Buffer.from(attachment?.bytes ?? []).toString()).toBe(xml);
    const { reading, ...fields } = invoice;
    expect(fields).toEqual({
      type: 'invoice',
      number: 'X-1',
      date: '2026-11-24',
      currency: 'GBP',
      totals: { gross: '3.00' },
      lines: [{ description: 'Printed', quantity: '2', unitPrice: '1.50', amount: '3.00' }],
    });
    expect(reading?.fields.find(({ field }) => field === 'number')).toEqual({
      field: 'number',
      confidence: 1,
      reason: 'the XML inside the PDF',
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['is not well-formed', '<a><b></a>', /factur-x\.xml .*passed over/],
    ['is of another kind', '<Invoice/>', /root is Invoice/],
    ['is empty', '', /passed over/],
    ['says nothing', '<CrossIndustryInvoice/>', /neither a number nor sums/],
    ['uses entities of its own', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', /passed over/],
    ['is nested too deeply', '<a>'.repeat(500) + '</a>'.repeat(500), /nested too deeply/],
  ])('reads the text, and says so, when the embedded XML %s', async (_, xml, warning) => {
    const { invoice, attachment, damaged, warnings } = await readInvoice(await hybrid(xml));
    expect(attachment).toBeUndefined();
    expect(damaged).toMatch(/^factur-x\.xml: /);
    expect(invoice.number).toBe('1001');
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('reads an embedded XML invoice under any name', async () => {
    const { invoice, attachment } = await readInvoice(await hybrid(cii('X-1'), 'other.xml'));
    expect([invoice.number, attachment?.name]).toEqual(['X-1', 'other.xml']);
  });

  it('reads an embedded invoice in UBL', async () => {
    const ubl = `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><CustomizationID>urn:cen.eu:en16931:2017</CustomizationID><ID>U-7</ID>
      <IssueDate>2026-02-03</IssueDate><InvoiceLine><ID>1</ID><LineExtensionAmount>5.00</LineExtensionAmount></InvoiceLine></Invoice>`;
    const { invoice } = await readInvoice(await hybrid(ubl, 'xrechnung.xml'));
    expect(invoice).toMatchObject({ number: 'U-7', date: '2026-02-03', lines: [{ amount: '5.00' }] });
  });

  it('does not care for attachments that are no invoice', async () => {
    const { invoice, attachment, warnings } = await readInvoice(await hybrid('<notes/>', 'notes.xml'));
    expect([invoice.number, attachment, warnings]).toEqual(['1001', undefined, []]);
  });

  it.each(['flateStream', 'stream'] as const)(
    'finds an XML invoice in a %s that no list of files names',
    async (kind) => {
      const xml = cii('X-1');
      const pdf = await PDFDocument.create();
      await printInvoice(pdf, [{ description: 'Printed', quantity: 2, unitPrice: 150 }]);
      pdf.catalog.set(
        PDFName.of('AF'),
        pdf.context.register(pdf.context[kind](xml, { Type: 'EmbeddedFile' })),
      );
      const { attachment } = await readInvoice(await pdf.save());
      expect(Buffer.from(attachment?.bytes ?? []).toString()).toBe(xml);
    },
  );

  it.each([
    ['a letter', ['Dear Sir,', 'thank you for your visit on 5 March 2024.'], /names an invoice/],
    [
      'an order confirmation',
      ['Order confirmation', 'Order no: 77', 'Invoice address', 'Total: 5.00 EUR'],
      /Order confirmation/,
    ],
    ['a page that only speaks of invoices', ['How to pay an invoice', 'Call us on 5 March 2024.'], /lacks/],
  ])('says why %s is no invoice', async (_, lines, why) => {
    const content = lines
      .map((line, i) => `BT /F 10 Tf 1 0 0 1 50 ${780 - i * 30} Tm (${line}) Tj ET`)
      .join('\n');
    const { notAnInvoice } = await readInvoice(rawPdf(onePage(content)));
    expect(notAnInvoice).toMatch(why);
  });

  it.each([
    ['up', '0 1 -1 0 500 60', { x: 492, y: 702.5, width: 10 }],
    ['down', '0 -1 1 0 100 780', { x: 98, y: 136.3, width: 10 }],
    ['upside down', '-1 0 0 -1 500 100', { height: 10 }],
  ])(
    'reads a page whose text runs %s it, and tells where it stands on the page as it is shown',
    async (_, at, place) => {
      const { invoice } = await readInvoice(
        rawPdf(onePage(`BT /F 10 Tf ${at} Tm (Invoice number: 7) Tj ET`)),
      );
      expect(invoice.number).toBe('7');
      const found = invoice.reading?.fields.find(({ field }) => field === 'number')?.place;
      expect(found).toMatchObject({ page: 1, ...place });
    },
  );

  it('leaves out text that is turned or off the page, and counts text drawn twice once', async () => {
    const text = (at: string, string: string): string => `BT /F 10 Tf ${at} Tm (${string}) Tj ET\n`;
    const content = [
      text('1 0 0 1 50 700', 'Invoice number: 7'),
      text('1 0 0 1 50.3 700', 'Invoice number: 7'),
      text('0 1 -1 0 300 500', 'Invoice date: 2024-01-01'),
      text('1 0 0 1 50 9000', 'Due date: 2024-02-01'),
    ].join('');
    const { invoice } = await readInvoice(rawPdf(onePage(content)));
    expect(invoice).toMatchObject({ type: 'invoice', number: '7', totals: {}, lines: [] });
  });
});

describe('what cannot be read is told apart', () => {
  it.each([
    ['no bytes', new Uint8Array(), 'EMPTY', /0 bytes/],
    ['no PDF', Buffer.from('hello'), 'BROKEN', /not a PDF/],
    ['a PDF cut short', Buffer.from('%PDF-1.7\n1 0 obj\n<</Type/Cat'), 'BROKEN', /damaged/],
    [
      'no pages',
      rawPdf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>']),
      'EMPTY',
      /no pages/,
    ],
    ['a page without text', rawPdf(onePage('0 0 10 10 re f')), 'IMAGE_ONLY', /OCR/],
    [
      'a huge number of pages',
      rawPdf([
        '<</Type/Catalog/Pages 2 0 R>>',
        `<</Type/Pages/Kids[${'3 0 R '.repeat(2_001)}]/Count 2001>>`,
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>',
      ]),
      'TOO_COMPLEX',
      /2001 pages; at most 2000/,
    ],
  ])('%s', async (_, bytes, code, message) => {
    expect(await problemOf(bytes)).toEqual({ code, message: expect.stringMatching(message) });
  });

  it('a password', async () => {
    const garbage = 'A'.repeat(32);
    const encryption = `/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(${garbage})/U(${garbage})>>/ID[(a)(a)]`;
    const bytes = rawPdf(onePage('BT /F 10 Tf (Invoice) Tj ET'), encryption);
    expect(await problemOf(bytes)).toEqual({ code: 'ENCRYPTED', message: expect.stringMatching(/password/) });
  });

  it('more text than the limits allow, after which the document can still be closed', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `1 0 0 1 50 ${i * 2} Tm (row ${i}) Tj`);
    const content = `BT /F 1 Tf ${rows.join(' ')} ET`;
    const pdf = await openPdf(rawPdf(onePage(content)));
    const limits = { textItems: 10_000, characters: 10_000 };
    const read = async (limit: Partial<typeof limits>) =>
      (await readText(pdf, { ...limits, ...limit }))[0]?.lines;
    const tooComplex = expect.objectContaining({ name: 'PdfProblem', code: 'TOO_COMPLEX' });
    await expect(read({ textItems: 1 })).rejects.toEqual(tooComplex);
    await expect(read({ characters: 5 })).rejects.toEqual(tooComplex);
    expect(await read({})).toHaveLength(400);
    await pdf.loadingTask.destroy();
  });

  it('a line longer than any on paper', async () => {
    const runs = Array.from(
      { length: 1_100 },
      (_, i) => `1 0 0 1 ${i / 2} 700 Tm (${i % 10}) Tj 1 0 0 1 0 ${i / 2} Tm (x) Tj`,
    );
    const { code, message } = await problemOf(rawPdf(onePage(`BT /F 0.1 Tf ${runs.join(' ')} ET`)));
    expect([code, message]).toEqual(['TOO_COMPLEX', expect.stringMatching(/a line of \d+ pieces/)]);
  });

  it('objects nested without end', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const objects = ['<</Type/Catalog/Pages 2 0 R>>', `<</Type/Pages/Kids ${deep}/Count 1>>`];
    const { code } = await problemOf(rawPdf(objects));
    expect(['BROKEN', 'TOO_COMPLEX']).toContain(code);
  });
});
