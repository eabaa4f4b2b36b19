import { expect, test } from 'vitest';
import { example } from '../support/invoices.ts';
import { expectAccessible, expectFitsWidth, openView, screenshot } from './support/browser.ts';
import { untilState, uploadExample } from './support/work.ts';

test('a mapping is edited with what it makes of a PDF beside it, and wrong places are named', async () => {
  const job = await uploadExample('plain-invoice.pdf');
  await untilState('jobs', job, 'complete');
  const page = await openView(`/mappings?start=invoice&job=${job}`);
  const xml = page.getByRole('region', { name: 'Resulting XML' });
  await xml.getByText('HL-2026-0117').waitFor();
  await screenshot(page, 'mapping-editor');
  await expectAccessible(page);

  const text = page.getByRole('textbox', { name: 'Mapping, as JSON' });
  const mapping = await text.inputValue();
  await text.fill(
    mapping.replace('{ "element": "number", "from": "number" }', '{ "element": "no", "from": "number" }'),
  );
  await xml.getByText('<no>').waitFor();
  await text.fill(mapping.replace('"from": "number"', '"from": "nowhere"'));
  await page.getByText('must lead to a single field of the invoice').waitFor();
  await expectAccessible(page);
  await text.fill(mapping.slice(0, -4));
  await page.getByText('the mapping is not JSON').waitFor();
});

test('a mapping is tried on a file that is kept nowhere', async () => {
  const page = await openView('/mappings', { width: 390, height: 844, colorScheme: 'dark' });
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(example('plain-invoice.pdf'));
  await page.getByRole('button', { name: 'XML', exact: true }).click();
  await page.getByText('HL-2026-0117').waitFor();
  await expectFitsWidth(page);
  await expectAccessible(page);
  await screenshot(page, 'mapping-editor-phone');
  expect(new URL(page.url()).search).toBe('');
});
