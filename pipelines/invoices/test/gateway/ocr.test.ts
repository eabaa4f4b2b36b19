import { PDFDocument, type PDFPage } from 'pdf-lib';
import type { Worker } from 'tesseract.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankPdf } from '../../../lib/test/support/odd-pdfs.ts';
import { startEngine } from '../../gateway/ocr/engine.ts';
import { recognizePages } from '../../gateway/ocr/recognize.ts';
import { Recognizers } from '../../gateway/ocr/recognizers.ts';
import { drawPage, openForDrawing } from '../../gateway/ocr/render.ts';
import { exampleBytes, formOf, refusal, send, startGateway, type TestGateway } from './support.ts';

/** The pages of a PDF as images, as a scanner makes them, turned clockwise. */
async function scanned(bytes: Uint8Array, turn = 0): Promise<Uint8Array> {
  const source = await openForDrawing(Uint8Array.from(bytes));
  const scan = await PDFDocument.create();
  for (let number = 1; number <= source.numPages; number += 1) {
    const { png, width, height } = await drawPage(source, { number, turn, dotsPerInch: 300 });
    scan.addPage([width, height]).drawImage(await scan.embedPng(png), { x: 0, y: 0, width, height });
  }
  await source.loadingTask.destroy();
  return scan.save();
}

describe('a gateway that recognizes text', () => {
  let recognizers: Recognizers;
  let gateway: TestGateway;
  beforeAll(async () => {
    recognizers = new Recognizers({ concurrency: 1, memoryMiB: 512, timeoutMs: 90_000, waitingEach: 20 }, [
      'eng',
    ]);
    gateway = await startGateway({ recognizers });
    await recognizers.ready();
  });
  afterAll(() => Promise.all([gateway.close(), recognizers.close()]));

  test('reads an invoice that is only an image, and says how sure its words are', async () => {
    const answer = await send(gateway, formOf(await scanned(await exampleBytes('plain-invoice.pdf'))));
    expect(answer.headers.get('x-invoice-warnings')).toMatch(
      /recognized in images \(OCR\): \d+ words, .* 9\d % sure/,
    );
    const xml = await answer.text();
    const own = await (await send(gateway, formOf(await exampleBytes('plain-invoice.pdf')))).text();
    for (const field of ['number', 'date', 'currency', 'net', 'tax', 'gross']) {
      const element = new RegExp(`<${field}>[^<]*</${field}>`);
      expect(xml).toContain(element.exec(own)?.[0] ?? `no ${field}`);
    }
  });

  test('refuses images without text', async () => {
    expect(await refusal(await send(gateway, formOf(await blankPdf())))).toMatchObject({
      status: 400,
      code: 'PDF_IMAGE_ONLY',
      detail: expect.stringContaining('none was recognized'),
    });
  });

  test('reads a PDF that has text without recognition', async () => {
    const answer = await send(gateway, formOf(await exampleBytes('plain-invoice.pdf')));
    expect(answer.headers.get('x-invoice-warnings') ?? '').not.toContain('OCR');
  });
});

describe('recognized text', () => {
  let engine: Worker;
  beforeAll(async () => {
    engine = await startEngine(['eng']);
  });
  afterAll(() => engine.terminate());

  const small = async (draw: (page: PDFPage) => void): Promise<Uint8Array> => {
    const pdf = await PDFDocument.create();
    draw(pdf.addPage([300, 120]));
    return pdf.save();
  };
  const invoice = () =>
    small((page) => {
      page.drawText('Invoice number 4711 of the harbour', { x: 20, y: 80, size: 14 });
      page.drawText('Total amount 1,234.50 EUR', { x: 20, y: 40, size: 14 });
    });

  test.each([0, 90, 180, 270])('stands upright, in lines, for a page turned by %s degrees', async (turn) => {
    const [page] = await recognizePages(engine, await scanned(await invoice(), turn));
    const lines = page?.lines.map(({ items }) => items.map(({ text }) => text).join(' '));
    expect(lines).toEqual(['Invoice number 4711 of the harbour', 'Total amount 1,234.50 EUR']);
    expect(page).toMatchObject({ width: 300, height: 120 });
  });

  test('has the place and the confidence of each word', async () => {
    const [page] = await recognizePages(engine, await scanned(await invoice()));
    const [first] = page?.lines[0]?.items ?? [];
    expect(first).toMatchObject({ text: 'Invoice' });
    expect(first?.x).toBeCloseTo(21, -1);
    expect(first?.y).toBeCloseTo(40, -1);
    expect(first?.confidence).toBeGreaterThan(0.8);
    expect(first?.confidence).toBeLessThanOrEqual(1);
  });
});
