import { describe, expect, it } from 'vitest';
import { readPages } from '../../../gateway/extract/index.ts';
import { writtenPages } from './written-pages.ts';

function fieldsOf({
  invoice,
  notAnInvoice,
}: ReturnType<typeof readPages>): Record<string, string | undefined> {
  const { type, number, date, dueDate, currency, seller, buyer, totals, orderNumber, lines } = invoice;
  return {
    type,
    number,
    date,
    due: dueDate,
    currency,
    order: orderNumber,
    seller: seller?.name,
    svat: seller?.vatId,
    buyer: buyer?.name,
    bvat: buyer?.vatId,
    ...totals,
    lines: lines
      .map(({ quantity = '-', unitPrice = '-', amount = '-' }) => `${quantity} x ${unitPrice} = ${amount}`)
      .join('; '),
    refused: notAnInvoice,
  };
}

describe('a page in the words of its country and trade', () => {
  it.each(writtenPages().map((page) => [page.name, page] as const))('is read: %s', (_, { page, truth }) => {
    const read = fieldsOf(readPages([page]));
    const wanted = Object.fromEntries(
      [...truth].map(([field, value]) => [field, value === '-' ? undefined : value]),
    );
    expect(Object.fromEntries([...truth.keys()].map((field) => [field, read[field]]))).toEqual(wanted);
    if (!truth.has('refused')) expect(read['refused']).toBeUndefined();
  });
});
