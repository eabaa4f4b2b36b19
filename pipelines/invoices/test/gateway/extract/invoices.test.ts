import { describe, expect, it } from 'vitest';
import { extractInvoice } from '../../../gateway/extract/index.ts';
import { at, end, type Piece, pageOf } from './page.ts';

const extract = (...rows: (readonly Piece[] | null)[]) => extractInvoice([pageOf(rows)]);

describe('extractInvoice', () => {
  it('reads a German invoice', () => {
    const invoice = extract(
      [at(50, 'Muster Handels GmbH · Hauptstraße 1 · 80333 München')],
      null,
      [at(50, 'Firma')],
      null,
      [at(50, 'Beispiel AG')],
      [at(50, 'Nebenweg 22')],
      [at(50, '10115 Berlin')],
      null,
      [at(50, 'Rechnung Nr. RE-2024-0815')],
      [at(50, 'Rechnungsdatum: 05.03.2024')],
      [at(50, 'Zahlbar bis: 4. April 2024')],
      [at(50, 'Bestellnummer: B-77')],
      null,
      [
        at(50, 'Pos.'),
        at(90, 'Bezeichnung'),
        end(350, 'Menge'),
        at(360, 'Einheit'),
        end(470, 'Einzelpreis'),
        end(550, 'Gesamtpreis'),
      ],
      [
        at(50, '1'),
        at(90, 'Schrauben M4'),
        end(350, '1.000'),
        at(360, 'Stk'),
        end(470, '1,00'),
        end(550, '1.000,00'),
      ],
      [at(90, 'verzinkt, DIN 912')],
      [
        at(50, '2'),
        at(90, 'Arbeitszeit'),
        end(350, '2,5'),
        at(360, 'Std'),
        end(470, '93,80'),
        end(550, '234,50'),
      ],
      null,
      [at(300, 'Nettobetrag'), end(550, '1.234,50 €')],
      [at(300, 'zzgl. 19 % MwSt.'), end(550, '234,56 €')],
      [at(300, 'Rechnungsbetrag'), end(550, '1.469,06 €')],
      null,
      [
        at(50, 'USt-IdNr.: DE123456789'),
        at(250, 'IBAN: DE89 3704 0044 0532 0130 00'),
        at(430, 'BIC: COBADEFFXXX'),
      ],
      [at(50, 'HRB 12345'), at(250, 'Tel.: 089 1234567'), at(430, 'info@muster.example')],
    );
    expect(invoice).toEqual({
      type: 'invoice',
      number: 'RE-2024-0815',
      date: '2024-03-05',
      dueDate: '2024-04-04',
      orderNumber: 'B-77',
      currency: 'EUR',
      seller: {
        name: 'Muster Handels GmbH',
        address: ['Hauptstraße 1', '80333 München'],
        country: 'DE',
        vatId: 'DE123456789',
        iban: 'DE89370400440532013000',
        bic: 'COBADEFFXXX',
        phone: '089 1234567',
        email: 'info@muster.example',
        registrationNumber: 'HRB 12345',
      },
      buyer: { name: 'Beispiel AG', address: ['Nebenweg 22', '10115 Berlin'] },
      totals: { net: '1234.50', tax: '234.56', gross: '1469.06' },
      lines: [
        {
          description: 'Schrauben M4\nverzinkt, DIN 912',
          quantity: '1000',
          unit: 'Stk',
          unitPrice: '1.00',
          amount: '1000.00',
        },
        { description: 'Arbeitszeit', quantity: '2.5', unit: 'Std', unitPrice: '93.80', amount: '234.50' },
      ],
    });
  });

  it('reads a French invoice with spaces in its amounts', () => {
    const invoice = extract(
      [at(50, 'Atelier du Pont SARL')],
      [at(50, '12 rue des Lilas')],
      [at(50, '75011 Paris')],
      [at(50, 'N° TVA : FR40303265045')],
      null,
      [at(350, 'Facturé à :')],
      [at(350, 'Café Central')],
      [at(350, '3 place Bellecour')],
      [at(350, '69002 Lyon')],
      null,
      [at(50, 'Facture n° F2024-012')],
      [at(50, 'Date : 12 février 2024')],
      [at(50, 'Échéance : 03/04/2024')],
      null,
      [
        at(50, 'Désignation'),
        end(260, 'Qté'),
        end(380, 'Prix unitaire HT'),
        end(430, 'TVA'),
        end(540, 'Total HT'),
      ],
      [
        at(50, 'Table en chêne'),
        end(260, '2'),
        end(380, '617,28 €'),
        end(430, '20 %'),
        end(540, '1 234,56 €'),
      ],
      null,
      [at(350, 'Total HT'), end(540, '1 234,56 €')],
      [at(350, 'TVA 20 %'), end(540, '246,91 €')],
      [at(350, 'Total TTC'), end(540, '1 481,47 €')],
    );
    expect(invoice).toMatchObject({
      number: 'F2024-012',
      date: '2024-02-12',
      dueDate: '2024-04-03',
      currency: 'EUR',
      seller: {
        name: 'Atelier du Pont SARL',
        address: ['12 rue des Lilas', '75011 Paris'],
        vatId: 'FR40303265045',
      },
      buyer: { name: 'Café Central', address: ['3 place Bellecour', '69002 Lyon'] },
      totals: { net: '1234.56', tax: '246.91', gross: '1481.47' },
      lines: [
        {
          description: 'Table en chêne',
          quantity: '2',
          unitPrice: '617.28',
          taxRate: '20',
          amount: '1234.56',
        },
      ],
    });
  });

  it('reads a Dutch credit note, whose own number comes before that of the invoice it corrects', () => {
    const invoice = extract(
      [at(50, 'Creditnota')],
      [at(50, 'Factuurnummer: 2023-100')],
      [at(50, 'Creditnota nummer: CN-7')],
      [at(50, 'Factuurdatum: 3 mei 2024')],
      null,
      [at(50, 'Omschrijving'), end(300, 'Aantal'), end(400, 'Prijs'), end(540, 'Bedrag')],
      [at(50, 'Retour lamp'), end(300, '-1'), end(400, '€ 50,00'), end(540, '€ -50,00')],
      [at(300, 'Totaal excl. btw'), end(540, '€ -50,00')],
      [at(300, 'BTW 21%'), end(540, '€ -10,50')],
      [at(300, 'Totaal incl. btw'), end(540, '€ -60,50')],
    );
    expect(invoice).toMatchObject({
      type: 'credit-note',
      number: 'CN-7',
      date: '2024-05-03',
      totals: { net: '50.00', tax: '10.50', gross: '60.50' },
      lines: [{ description: 'Retour lamp', quantity: '1', unitPrice: '50.00', amount: '50.00' }],
    });
  });

  it.each(['Credit note', 'CREDIT MEMO', 'Avoir AV-1', 'Gutschrift', 'Creditfactuur'])(
    'takes the title %j for a credit note',
    (title) => {
      expect(extract([at(50, title)], null, [at(50, 'Date: 2024-01-02')]).type).toBe('credit-note');
    },
  );

  it('takes a line that is credited for no credit note', () => {
    const invoice = extract(
      [at(50, 'Invoice 17')],
      [at(50, 'Description'), end(540, 'Amount')],
      [at(50, 'Apples'), end(540, '5.00')],
      [at(50, 'Credit note of last month'), end(540, '-2.00')],
    );
    expect(invoice.type).toBe('invoice');
    expect(invoice.lines.map(({ amount }) => amount)).toEqual(['5.00', '-2.00']);
  });

  it('reads Indian grouping and rupees', () => {
    const invoice = extract(
      [at(50, 'Tax Invoice No: 42/2024'), at(300, 'Dated: 05/06/2024')],
      null,
      [at(300, 'Grand Total'), end(540, 'Rs. 1,23,456.00')],
      [at(50, 'GSTIN: 29ABCDE1234F1Z5')],
    );
    expect(invoice).toMatchObject({
      number: '42/2024',
      date: '2024-06-05',
      currency: 'INR',
      seller: { vatId: '29ABCDE1234F1Z5', country: 'IN' },
      totals: { gross: '123456.00' },
    });
  });

  it('reads Swiss amounts', () => {
    const invoice = extract([at(50, 'Rechnung 9001')], null, [at(50, 'Total'), end(300, "CHF 1'234.50")]);
    expect(invoice).toMatchObject({ number: '9001', currency: 'CHF', totals: { gross: '1234.50' } });
  });

  it('finds values below their labels', () => {
    const invoice = extract(
      [at(50, 'Invoice number'), at(200, 'Invoice date'), at(350, 'Due date')],
      [at(50, 'A-1'), at(200, '2024-01-02'), at(350, '2024-02-01')],
      null,
      [at(50, 'Net'), at(200, 'VAT'), at(350, 'Total')],
    );
    expect(invoice).toMatchObject({ number: 'A-1', date: '2024-01-02', dueDate: '2024-02-01' });
  });

  it('reads parties that stand side by side under their labels, or under one label alone', () => {
    const invoice = extract(
      [at(50, 'Invoice')],
      null,
      [at(50, 'Acme Cloud, Inc.'), at(300, 'Bill to')],
      [at(50, '548 Market St'), at(300, 'Jane Doe')],
      [at(50, 'San Francisco, California 94104'), at(300, 'Keizersgracht 1')],
      [at(50, 'United States'), at(300, '1015 CJ Amsterdam')],
      [at(50, 'support@acme.example'), at(300, 'jane@doe.example')],
    );
    expect(invoice.seller).toEqual({
      name: 'Acme Cloud, Inc.',
      address: ['548 Market St', 'San Francisco, California 94104', 'United States'],
      country: 'US',
      email: 'support@acme.example',
    });
    expect(invoice.buyer).toEqual({
      name: 'Jane Doe',
      address: ['Keizersgracht 1', '1015 CJ Amsterdam'],
      email: 'jane@doe.example',
    });
  });

  it('takes a delivery address for neither party', () => {
    const invoice = extract(
      [at(50, 'Bill to:'), at(300, 'Ship to:')],
      [at(50, 'Jane Doe'), at(300, 'The Warehouse')],
      [at(50, 'jane@doe.example'), at(300, 'dock@warehouse.example')],
    );
    expect(invoice.buyer).toEqual({ name: 'Jane Doe', email: 'jane@doe.example' });
    expect(invoice.seller).toBeUndefined();
  });

  it.each([
    ['Invoice no: # A-17', 'A-17'],
    ['Invoice number: INV/2023/03/0008', 'INV/2023/03/0008'],
    ['Rechnungsnummer: RE 2024-001', 'RE 2024-001'],
    ['Rechnungsnummer: 12 3456 7890', '12 3456 7890'],
    ['Handelsrechnung Nr. 471102 vom 05.03.2018', '471102'],
    ['Facture n° F-9', 'F-9'],
    ['Factuurnummer: 993548900', '993548900'],
    ['Booking ID: IBZY2087', 'IBZY2087'],
  ])('finds the number in %j', (text, number) => {
    expect(extract([at(50, text)]).number).toBe(number);
  });

  it.each(['Invoice date: 2024-01-02', 'Invoice of January', 'Invoice total: 12.50', 'Tel. no: 12345'])(
    'finds no number in %j',
    (text) => {
      expect(extract([at(50, text)]).number).toBeUndefined();
    },
  );

  it('takes what stands apart from a mere title for no number', () => {
    expect(extract([at(50, 'Invoice'), at(300, '12345')]).number).toBeUndefined();
    expect(extract([at(50, 'Invoice 12345')]).number).toBe('12345');
  });

  it('leaves a date open that could be in either of two months', () => {
    const invoice = extract([at(50, 'Invoice no: 5')], [at(50, 'Invoice date: 03/04/2024')]);
    expect(invoice.date).toBeUndefined();
  });

  it('reads that date month first for an address in the United States, day first in the United Kingdom', () => {
    const dated = (town: string, country: string): string | undefined =>
      extract([at(50, 'Acme Inc')], [at(50, '1 Main St')], [at(50, town)], [at(50, country)], null, [
        at(50, 'Invoice date: 03/04/2024'),
      ]).date;
    expect(dated('Fremont, CA 94538', 'United States')).toBe('2024-03-04');
    expect(dated('London SW1A 1AA', 'United Kingdom')).toBe('2024-04-03');
  });

  it('answers only its type for a text that is no invoice', () => {
    expect(extract([at(50, 'The quick brown fox jumps over the lazy dog.')])).toEqual({
      type: 'invoice',
      totals: {},
      lines: [],
    });
  });
});

describe('currency', () => {
  const currencyOf = (...rows: (readonly Piece[] | null)[]) => extract(...rows).currency;

  it.each([
    ['Total $5.00', 'USD'],
    ['Total US$ 5.00', 'USD'],
    ['Total C$5.00', 'CAD'],
    ['Total 5,00 EUR', 'EUR'],
    ['Total £5.00', 'GBP'],
    ['Total ₹ 5.00', 'INR'],
    ['Total Rs 5', 'INR'],
    ['Total 5,00 zł', 'PLN'],
    ['Total (EUR)', 'EUR'],
  ])('of %j is %s', (text, code) => {
    expect(currencyOf([at(50, text)])).toBe(code);
  });

  it('is what the document names, before what its signs suggest', () => {
    expect(currencyOf([at(50, 'Currency: AUD')], [at(50, 'Total $5.00')])).toBe('AUD');
  });

  it('of a dollar follows the country of the seller', () => {
    const address = [
      [at(50, 'Maple Ltd')],
      [at(50, '1 King St')],
      [at(50, 'Toronto ON K1A 0B1')],
      [at(50, 'Canada')],
    ];
    expect(currencyOf(...address, null, [at(50, 'Total $5.00')])).toBe('CAD');
  });

  it('is absent without any sign of it', () => {
    expect(currencyOf([at(50, 'Total 5.00')])).toBeUndefined();
    expect(currencyOf([at(50, 'Total kr 5,00')])).toBeUndefined();
  });
});

describe('totals', () => {
  it('are those that add up, where there are several of a kind', () => {
    const { totals } = extract(
      [at(50, 'Subtotal'), end(300, '112.00')],
      [at(50, 'Subtotal'), end(300, '150.90')],
      null,
      [at(50, 'Subtotal'), end(300, '262.90')],
      [at(50, 'Tax 15% on $ 112.90'), end(300, '16.94')],
      [at(50, 'Total'), end(300, '279.84')],
      [at(50, 'Balance due'), end(300, '79.84')],
    );
    expect(totals).toEqual({ net: '262.90', tax: '16.94', gross: '279.84' });
  });

  it('sum the taxes of several rates when the sum adds up', () => {
    const { totals } = extract(
      [at(50, 'Net amount'), end(300, '473,00')],
      [at(50, 'VAT 7 %'), end(300, '19,25')],
      [at(50, 'VAT 19 %'), end(300, '37,62')],
      [at(50, 'Total'), end(300, '529,87')],
    );
    expect(totals).toEqual({ net: '473.00', tax: '56.87', gross: '529.87' });
  });

  it('keep what is printed, and add nothing that is not', () => {
    expect(extract([at(50, 'Total'), end(300, '10.00')]).totals).toEqual({ gross: '10.00' });
    const shipped = extract(
      [at(50, 'Subtotal'), end(300, '100.00')],
      [at(50, 'Shipping'), end(300, '10.00')],
      [at(50, 'VAT'), end(300, '22.00')],
      [at(50, 'Total'), end(300, '132.00')],
    );
    expect(shipped.totals).toEqual({ tax: '22.00', gross: '132.00' });
  });
});
