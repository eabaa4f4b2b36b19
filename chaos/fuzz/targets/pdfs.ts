import { equal, ok } from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import fc from 'fast-check';
import { formOf, send, startGateway } from '../../../pipelines/invoices/test/gateway/support.ts';
import { XmlCheck } from '../../../pipelines/invoices/xml.ts';
import { slowPdf, unpackingPdf, wordyPdf } from '../../../pipelines/lib/test/support/odd-pdfs.ts';
import { example, realInvoices } from '../../../test/support/invoices.ts';
import { pdfDocument } from '../pdf-documents.ts';
import type { Target } from '../target.ts';

const mostBytes = 150_000;

async function goodPdfs(): Promise<Buffer[]> {
  const paths = [example('plain-invoice.pdf'), example('hybrid-invoice.pdf'), ...realInvoices];
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  return Promise.all(sizes.filter(({ size }) => size <= mostBytes).map(({ path }) => readFile(path)));
}

/** Each takes a converter along, one way or another. */
const bombs = [unpackingPdf, wordyPdf, () => slowPdf()].map((make) => {
  let made: Buffer | undefined;
  return () => {
    made ??= Buffer.from(make());
    return made;
  };
});

export const pdfs: Target = {
  name: 'pdfs',
  about: 'PDFs into the reference gateway: XML, or a refusal, and it lives to convert the next',
  cases: 3_000,
  shortCases: 60,
  async open() {
    const gateway = await startGateway({ concurrency: 2, memoryMiB: 128, timeoutMs: 5_000 });
    const documents = fc.oneof(
      { weight: 600, arbitrary: pdfDocument(await goodPdfs()).map((bytes) => () => bytes) },
      { weight: 1, arbitrary: fc.constantFrom(...bombs) },
    );
    const mapping = fc.constantFrom('invoice.json', 'en16931.json');

    const converts = async () => {
      const response = await send(gateway, formOf(await readFile(example('plain-invoice.pdf'))));
      equal(response.status, 200);
      ok((await response.text()).includes('<number>HL-2026-0117</number>'));
    };
    const property = fc.asyncProperty(documents, mapping, async (pdf, name) => {
      gateway.lines.length = 0;
      const response = await send(gateway, formOf(pdf(), { mapping: name }));
      if (response.status === 200) {
        const check = new XmlCheck();
        for await (const piece of response.body ?? []) check.write(piece);
        equal(check.end(), undefined);
        return;
      }
      const said = (await response.json()) as { code: string; detail: string };
      ok([400, 406, 415, 422, 502].includes(response.status), `${response.status} ${said.detail}`);
      // Our own code failing is no way to refuse a PDF.
      ok(!said.detail.startsWith('the conversion failed;'), JSON.stringify(gateway.lines));
      if (response.status === 502) await converts();
    });
    return { property, settled: converts, close: gateway.close };
  },
};
