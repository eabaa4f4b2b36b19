import { readFile } from 'node:fs/promises';
import { PDFDocument } from 'pdf-lib';
import { expect, test } from 'vitest';
import { example } from '../support/invoices.ts';
import { expectAccessible, expectFitsWidth, openView, screenshot } from './support/browser.ts';
import { untilState, uploadExample, uploadPdf } from './support/work.ts';

/** Files as a person drops them, anywhere on the view. */
const drop = async (
  page: Awaited<ReturnType<typeof openView>>,
  files: readonly { name: string; type: string }[],
) => {
  const contents = await Promise.all(
    files.map(async ({ name, type }) => ({ name, type, base64: await readFile(example(name), 'base64') })),
  );
  await page.evaluate(`(() => {
    const transfer = new DataTransfer();
    for (const { name, type, base64 } of ${JSON.stringify(contents)}) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type }));
    }
    for (const kind of ['dragenter', 'dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);
};

test('PDFs that are dropped anywhere are watched to their end, and errors are in plain words', async () => {
  const page = await openView('/');
  await drop(page, [
    { name: 'plain-invoice.pdf', type: 'application/pdf' },
    { name: 'hybrid-invoice.pdf', type: 'application/pdf' },
    { name: 'broken.pdf', type: 'application/pdf' },
  ]);
  const list = page.getByRole('region', { name: 'Uploads' });
  await list.getByText('Complete').nth(1).waitFor();
  await list.getByText('Failed').waitFor();
  await list.getByText(/the gateway answered 400/i).waitFor();
  await screenshot(page, 'dropped-pdfs');
  await expectAccessible(page);
  await list.getByRole('button', { name: 'Clear' }).click();
  await list.waitFor({ state: 'detached' });
});

test('a PDF is chosen from the disk, with its mapping', async () => {
  const page = await openView('/queues/invoices');
  await page.getByLabel('Mapping').selectOption('en16931');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload PDFs' }).click();
  await (await chooser).setFiles(example('hybrid-invoice.pdf'));
  const link = page
    .getByRole('region', { name: 'Uploads' })
    .getByRole('link', { name: 'hybrid-invoice.pdf' });
  await page.getByRole('region', { name: 'Uploads' }).getByText('Complete').waitFor();
  await link.click();
  await page.getByText('XML by the mapping en16931').waitFor();
});

test('the PDF of a job stands beside its XML, which is copied and downloaded', async () => {
  const id = await uploadExample('plain-invoice.pdf');
  await untilState('jobs', id, 'complete');
  const page = await openView(`/queues/invoices/jobs/${id}`);
  await page.getByRole('img', { name: 'Page 1 of 1' }).waitFor();
  await page
    .getByRole('region', { name: 'plain-invoice.pdf' })
    .getByText('HL-2026-0117')
    .waitFor({ state: 'attached' });
  await page.getByText('<number>').waitFor();
  await screenshot(page, 'invoice');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Copy XML' }).click();
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain('HL-2026-0117');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download XML' }).click();
  expect((await download).suggestedFilename()).toBe('plain-invoice.xml');
});

test('what the gateway left out of a result stands above it', async () => {
  const pdf = await PDFDocument.create();
  const lines = ['Invoice', 'Invoice number: 77', 'Date: 2026-03-05', 'Total: 119.00 EUR'];
  pdf.addPage().drawText(lines.join('\n'), { x: 60, y: 700 });
  const bytes = new Uint8Array(await pdf.save());
  const id = await uploadPdf(new Blob([bytes], { type: 'application/pdf' }), 'bare.pdf', 'en16931');
  await untilState('jobs', id, 'complete');
  const page = await openView(`/queues/invoices/jobs/${id}`);
  const said = page.getByRole('list', { name: 'What the gateway said' });
  await said.waitFor();
  expect(await said.textContent()).toMatch(/BT-\d+/);
  await expectAccessible(page);
});

test('on a phone the PDF and its XML are shown one at a time', async () => {
  const id = await uploadExample('plain-invoice.pdf');
  await untilState('jobs', id, 'complete');
  const page = await openView(`/queues/invoices/jobs/${id}`, {
    width: 390,
    height: 844,
    colorScheme: 'dark',
  });
  await page.getByRole('img', { name: 'Page 1 of 1' }).waitFor();
  expect(await page.getByText('<number>').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'XML', exact: true }).click();
  await page.getByText('<number>').waitFor();
  await expectFitsWidth(page);
  await screenshot(page, 'invoice-phone');
  await expectAccessible(page);
});
