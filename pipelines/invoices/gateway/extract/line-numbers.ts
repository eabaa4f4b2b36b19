import type { Numbers } from './assemble.ts';
import type { Cells } from './cells.ts';
import type { ColumnKind } from './columns.ts';
import { type DecimalSign, findNumbers } from './numbers.ts';

/** The numbers of a row: quantity with its unit, price, tax rate and amount, each from its own column. */
export function numbersIn(cells: Cells, decimal: DecimalSign | undefined): Numbers {
  const text = (kind: ColumnKind): string => [...cells].find(([column]) => column.kind === kind)?.[1] ?? '';
  const first = (kind: ColumnKind): string | undefined => findNumbers(text(kind), decimal)[0]?.value;
  const quantity = /^[x×]?\s?(-?\d[\d.,'’\s]*?)\s?(?:[x×]|(\p{L}[\p{L}\p{N}.()²³/]{0,19}))?$/iu.exec(
    text('quantity').trim(),
  );
  const amountOfQuantity =
    quantity?.[1] === undefined ? undefined : findNumbers(quantity[1], decimal)[0]?.value;
  const unit = quantity?.[2] ?? (text('unit').trim() || undefined);
  const unitPrice = first('unitPrice');
  const taxRate = rateIn(text('taxRate'), decimal);
  const amount = findNumbers(text('amount'), decimal).at(-1)?.value;
  return {
    ...(amountOfQuantity !== undefined && { quantity: amountOfQuantity }),
    ...(amountOfQuantity !== undefined && unit !== undefined && { unit }),
    ...(unitPrice !== undefined && { unitPrice }),
    ...(taxRate !== undefined && { taxRate }),
    ...(amount !== undefined && { amount }),
  };
}

function rateIn(text: string, decimal: DecimalSign | undefined): string | undefined {
  const numbers = findNumbers(text, decimal);
  return (numbers.find(({ percent }) => percent) ?? numbers.find(({ value }) => Number(value) <= 100))?.value;
}
