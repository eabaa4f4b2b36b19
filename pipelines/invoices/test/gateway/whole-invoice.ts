import type { Invoice } from '../../gateway/invoice.ts';

/** An invoice as it is read from a page that holds all that EN 16931 asks for. */
export const whole: Invoice = {
  type: 'invoice',
  number: 'A-1',
  date: '2024-03-05',
  dueDate: '2024-04-04',
  orderNumber: 'O-77',
  currency: 'EUR',
  seller: {
    name: 'Acme GmbH',
    address: ['Hauptstraße 1', '2. Hof', 'Halle 3', '80333 München'],
    country: 'DE',
    vatId: 'DE123456788',
    registrationNumber: 'HRB 1234',
    phone: '+49 89 1234',
    email: 'post@acme.example',
    iban: 'DE89370400440532013000',
    bic: 'COBADEFFXXX',
  },
  buyer: { name: 'Orchard AG', address: ['Nebenweg 2', '10115 Berlin'] },
  totals: { net: '30.00', tax: '5.70', gross: '35.70' },
  lines: [
    {
      code: 'L-1',
      description: 'Lamp\nblack',
      quantity: '2',
      unit: 'Stk',
      unitPrice: '5.00',
      amount: '10.00',
    },
    { description: 'Work', quantity: '2.5', unit: 'Std', amount: '20' },
  ],
};
