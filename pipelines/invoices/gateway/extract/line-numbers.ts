import type { Numbers } from './assemble.ts';
import type { Cell, Cells } from './cells.ts';
import type { ColumnKind } from './columns.ts';
import { type Found, present } from './evidence.ts';
import type { Row } from './layout.ts';
import { type DecimalSign, findNumbers } from './numbers.ts';

/** What the heading of a column alone is worth. */
const underHeading = 0.7;

/** The numbers of a row: quantity with its unit, price, tax rate and amount, each from its own column. */
export function numbersIn(cells: Cells, row: Row, decimal: DecimalSign | undefined): Numbers {
  const cell = (kind: ColumnKind): Cell | undefined =>
    [...cells].find(([column]) => column.kind === kind)?.[1];
  const found = (kind: ColumnKind, value: string | undefined): Found | undefined => {
    const at = cell(kind);
    return value === undefined || at === undefined
      ? undefined
      : { value, confidence: underHeading, row, at, reason: 'the heading of its column' };
  };
  const text = (kind: ColumnKind): string => cell(kind)?.text ?? '';
  const printed = /^[x×]?\s?(-?\d[\d.,'’\s]*?)\s?(?:[x×]|(\p{L}[\p{L}\p{N}.()²³/]{0,19}))?$/iu.exec(
    text('quantity').trim(),
  );
  const quantity = found(
    'quantity',
    printed?.[1] === undefined ? undefined : findNumbers(printed[1], decimal)[0]?.value,
  );
  const unit = found('quantity', printed?.[2]) ?? found('unit', text('unit').trim() || undefined);
  return present({
    quantity,
    unit: quantity && unit,
    unitPrice: found('unitPrice', findNumbers(text('unitPrice'), decimal)[0]?.value),
    taxRate: found('taxRate', rateIn(text('taxRate'), decimal)),
    amount: found('amount', findNumbers(text('amount'), decimal).at(-1)?.value),
  });
}

function rateIn(text: string, decimal: DecimalSign | undefined): string | undefined {
  const numbers = findNumbers(text, decimal);
  return (numbers.find(({ percent }) => percent) ?? numbers.find(({ value }) => Number(value) <= 100))?.value;
}
