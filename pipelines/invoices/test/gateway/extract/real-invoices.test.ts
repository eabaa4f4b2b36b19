import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readInvoice } from '../../../gateway/read-invoice.ts';

const folder = fileURLToPath(new URL('../../../../../../shared/invoices/', import.meta.url));
const files = existsSync(folder) ? readdirSync(folder) : [];
const isMissing = files.length === 0;
const title = isMissing ? `real invoices (skipped: ${folder} is not there)` : 'real invoices';

/** The fields that the JSON beside a PDF names. */
interface Truth {
  amount?: number;
  amount_tax?: number;
  amount_untaxed?: number;
  date: string;
  date_due?: string;
  invoice_number: string;
  currency: string;
  lines?: {
    name?: string;
    qty?: number;
    price_unit?: number;
    line_tax_percent?: number;
    price_subtotal?: number;
  }[];
}

const read = async (name: string) => readInvoice(new Uint8Array(readFileSync(folder + name)));
const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

describe.skipIf(isMissing)(title, () => {
  const described = files.filter((name) => name.endsWith('.json')).map((name) => name.replace('.json', ''));

  it.each(described)('%s: number, date, amounts and currency', async (name) => {
    const [truth] = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as [Truth];
    const { invoice } = await read(`${name}.pdf`);
    expect(invoice.number).toBe(truth.invoice_number.replace(/^#/, ''));
    expect(invoice.date).toBe(truth.date);
    expect(invoice.currency).toBe(truth.currency);
    if (truth.amount !== undefined) expect(numberOf(invoice.totals.gross)).toBe(truth.amount);
    if (truth.amount_tax !== undefined) expect(numberOf(invoice.totals.tax)).toBe(truth.amount_tax);
    if (truth.amount_untaxed !== undefined) expect(numberOf(invoice.totals.net)).toBe(truth.amount_untaxed);
    if (truth.date_due !== undefined) expect(invoice.dueDate).toBe(truth.date_due);
  });

  const withLines = described.filter((name) => /"lines"/.test(readFileSync(`${folder}${name}.json`, 'utf8')));

  it.each(withLines)('%s: every line', async (name) => {
    const [truth] = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as [Truth];
    const { invoice } = await read(`${name}.pdf`);
    const printed = new Map(invoice.lines.map((line) => [line.description?.split('\n')[0], line]));
    const expected = (truth.lines ?? []).filter(({ price_subtotal }) => price_subtotal !== undefined);
    expect(invoice.lines).toHaveLength(expected.length);
    for (const line of expected) {
      const found = printed.get(line.name?.split('\n')[0]);
      expect(numberOf(found?.quantity), line.name).toBe(line.qty);
      expect(numberOf(found?.amount), line.name).toBe(line.price_subtotal);
      if (line.price_unit !== undefined) expect(numberOf(found?.unitPrice), line.name).toBe(line.price_unit);
      if (line.line_tax_percent) expect(numberOf(found?.taxRate), line.name).toBe(line.line_tax_percent);
    }
  });

  it('Avoir_FR_type381_BASIC: a credit note, from its embedded XML', async () => {
    const { invoice, attachment } = await read('Avoir_FR_type381_BASIC.pdf');
    expect(attachment?.name).toBe('factur-x.xml');
    expect(invoice).toMatchObject({
      type: 'credit-note',
      number: 'AV-2017-0005',
      date: '2017-11-16',
      dueDate: '2017-11-16',
      orderNumber: 'PO445',
      currency: 'EUR',
      seller: { name: 'Au bon moulin', vatId: 'FR11999999998', country: 'FR' },
      buyer: { name: 'Ma jolie boutique', address: ['35 rue de la République', '69001 Lyon'] },
      totals: { net: '218.48', tax: '14.99', gross: '233.47' },
    });
    expect(invoice.lines).toHaveLength(2);
  });

  it('zugferd_2p0_EN16931_Einfach: an invoice, from its embedded XML', async () => {
    const { invoice, attachment } = await read('zugferd_2p0_EN16931_Einfach.pdf');
    expect(attachment?.name).toBe('zugferd-invoice.xml');
    expect(Buffer.from(attachment?.bytes ?? []).toString()).toMatch(
      /^<\?xml[\s\S]*<\/rsm:CrossIndustryInvoice>\s*$/,
    );
    expect(invoice).toMatchObject({
      type: 'invoice',
      number: '471102',
      date: '2018-03-05',
      currency: 'EUR',
      totals: { net: '473.00', tax: '56.87', gross: '529.87' },
      lines: [
        {
          code: 'TB100A4',
          quantity: '20.0000',
          unit: 'C62',
          unitPrice: '9.9000',
          taxRate: '19.00',
          amount: '198.00',
        },
        {
          code: 'ARNR2',
          quantity: '50.0000',
          unit: 'C62',
          unitPrice: '5.5000',
          taxRate: '7.00',
          amount: '275.00',
        },
      ],
    });
  });
});
