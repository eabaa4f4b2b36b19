import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findNumbers,
  fromUnits,
  parseNumber,
  toUnits,
  usualDecimalSign,
} from '../../../gateway/extract/numbers.ts';

describe('parseNumber', () => {
  it.each([
    ['1.234,56', '1234.56'],
    ['1,234.56', '1234.56'],
    ['1 234,56', '1234.56'],
    ['1\u202f234,56', '1234.56'],
    ["1'234.56", '1234.56'],
    ['1’234.56', '1234.56'],
    ['12,34,567.00', '1234567.00'],
    ['1.234.567', '1234567'],
    ['0,005', '0.005'],
    ['9,9000', '9.9000'],
    ['007', '7'],
    ['-5,00', '-5.00'],
    ['−5.00', '-5.00'],
    ['5,00-', '-5.00'],
    ['(5.00)', '-5.00'],
    ['-0,00', '0.00'],
    ['1,234', '1234'],
  ])('reads %s as %s', (printed, value) => {
    expect(parseNumber(printed)).toBe(value);
  });

  it.each([
    '',
    '.',
    '1.2.3',
    '1,23,45',
    '12.34,567,8',
    '1.234.56',
    'A4',
    '5kg',
    '1e5',
    '٣',
    '--5',
    '05.03.2018',
  ])('refuses %j', (printed) => {
    expect(parseNumber(printed)).toBeUndefined();
  });

  it('lets the sign of the document decide what a lone sign before three digits means', () => {
    expect(parseNumber('1.234', '.')).toBe('1.234');
    expect(parseNumber('1.234', ',')).toBe('1234');
    expect(parseNumber('1,234', ',')).toBe('1.234');
  });

  const styles = [
    { name: '1.234,56', decimal: ',', group: (whole: string) => inThrees(whole, '.') },
    { name: '1,234.56', decimal: '.', group: (whole: string) => inThrees(whole, ',') },
    { name: '1 234,56', decimal: ',', group: (whole: string) => inThrees(whole, '\u00a0') },
    { name: "1'234.56", decimal: '.', group: (whole: string) => inThrees(whole, "'") },
    { name: '12,34,567.00', decimal: '.', group: inTheIndianWay },
    { name: '1234.56', decimal: '.', group: (whole: string) => whole },
    { name: '1234,56', decimal: ',', group: (whole: string) => whole },
  ] as const;

  it.each(styles)('reads back every decimal printed in the style $name', ({ decimal, group }) => {
    const decimals = fc.tuple(
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.stringMatching(/^\d{0,4}$/),
      fc.boolean(),
    );
    fc.assert(
      fc.property(decimals, ([whole, fraction, minus]) => {
        const value = `${whole}${fraction === '' ? '' : `.${fraction}`}`;
        const isNegative = minus && /[1-9]/.test(value);
        const printed = `${minus ? '-' : ''}${group(`${whole}`)}${fraction === '' ? '' : decimal + fraction}`;
        expect(parseNumber(printed, decimal)).toBe(isNegative ? `-${value}` : value);
      }),
    );
  });

  function inThrees(whole: string, sign: string): string {
    return whole.replaceAll(/\B(?=(?:\d{3})+$)/g, sign);
  }

  function inTheIndianWay(whole: string): string {
    const head = whole.slice(0, -3);
    return head === '' ? whole : `${head.replaceAll(/\B(?=(?:\d{2})+$)/g, ',')},${whole.slice(-3)}`;
  }
});

describe('findNumbers', () => {
  const values = (text: string): string[] => findNumbers(text).map(({ value }) => value);

  it.each([
    ['€ 399,00', ['399.00']],
    ['Rs 1939 x 1 Night', ['1939', '1']],
    ['Rs.1,23,456.00', ['123456.00']],
    ['EUR5.00', ['5.00']],
    ['4,24€', ['4.24']],
    ['12.50 EUR', ['12.50']],
    ['€ -9,32', ['-9.32']],
    ['-€9.32', ['-9.32']],
    ['-20,48 €', ['-20.48']],
    ['($5.00)', ['-5.00']],
    ['1 234,56 €', ['1234.56']],
    ['CHF 12.-', ['12']],
    ['12,00-', ['-12.00']],
    ['2 150.00', ['2', '150.00']],
  ])('finds the amounts of %j', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it.each([
    'A4',
    '16GB',
    'INV/2023/03/0008',
    '16/11/2017',
    '05.03.2018',
    '2015-10-20',
    'INV-123',
    'NL810433941B01',
  ])('finds no amount in %j', (text) => {
    expect(values(text)).toEqual([]);
  });

  it('tells percentages from amounts', () => {
    expect(findNumbers('Tax 15% on $ 112.90').map(({ value, percent }) => [value, percent])).toEqual([
      ['15', true],
      ['112.90', false],
    ]);
  });

  it('never throws, and answers plain decimals, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789.,'’ -()%€$ARs\u202f/"), maxLength: 60 });
    fc.assert(
      fc.property(text, (t) => {
        for (const { value } of findNumbers(t)) expect(value).toMatch(/^-?\d+(?:\.\d+)?$/);
      }),
    );
  });
});

describe('usualDecimalSign', () => {
  it('is the sign that most amounts have before two decimals', () => {
    expect(usualDecimalSign(['€ 1.234,56', '12,00 and 4.50'])).toBe(',');
    expect(usualDecimalSign(['$1,234.56'])).toBe('.');
  });

  it('is not told by dates and whole numbers', () => {
    expect(usualDecimalSign(['05.03.2018', '05.03.18', 'Rs 1939'])).toBeUndefined();
  });
});

describe('toUnits and fromUnits', () => {
  it('are each the inverse of the other', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (units) => {
        expect(toUnits(fromUnits(units))).toBe(units);
      }),
    );
    expect(fromUnits(149_900n)).toBe('14.99');
  });
});
