import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateOrderShown, findDates } from '../../../gateway/extract/dates.ts';
import { monthNames } from '../../../gateway/extract/labels.ts';

describe('findDates', () => {
  it.each([
    ['2026-11-24', '2026-11-24'],
    ['2026/11/24', '2026-11-24'],
    ['24.11.2026', '2026-11-24'],
    ['24/11/2026', '2026-11-24'],
    ['11/24/2026', '2026-11-24'],
    ['24. November 2026', '2026-11-24'],
    ['5. März 2024', '2024-03-05'],
    ['19 april 2014', '2014-04-19'],
    ['3 maart 2014', '2014-03-03'],
    ['1er janvier 2022', '2022-01-01'],
    ['12 février 2024', '2024-02-12'],
    ['14 août 2024', '2024-08-14'],
    ['Jan 1, 2022', '2022-01-01'],
    ['January 1st, 2022', '2022-01-01'],
    ['1st of January 2022', '2022-01-01'],
    ['01-Jan-2022', '2022-01-01'],
    ['20 Oct, 2015', '2015-10-20'],
    ['29.02.2024', '2024-02-29'],
  ])('reads %s', (text, date) => {
    expect(findDates(text)).toEqual([date]);
  });

  it.each([
    '31.02.2024',
    '29.02.2023',
    '00/01/2024',
    '13/13/2024',
    '1.234,56',
    '192.168.10.2024',
    '12 items 2024',
    'IBAN 12-34-56-78',
  ])('finds no date in %j', (text) => {
    expect(findDates(text, 'day-first')).toEqual([]);
  });

  it('does not guess which of two small numbers is the month', () => {
    expect(findDates('03/04/2024')).toEqual([]);
    expect(findDates('03/04/2024', 'day-first')).toEqual(['2024-04-03']);
    expect(findDates('03/04/2024', 'month-first')).toEqual(['2024-03-04']);
    expect(findDates('04/04/2024')).toEqual(['2024-04-04']);
  });

  it('reads back every day under every month name', () => {
    const days = fc.date({ min: new Date('2000-01-01'), max: new Date('2079-12-31'), noInvalidDate: true });
    const pickName = fc.nat({ max: 100 });
    fc.assert(
      fc.property(days, pickName, (day, pick) => {
        const names = monthNames[day.getUTCMonth()] ?? [];
        const printed = `${day.getUTCDate()} ${names[pick % names.length]} ${day.getUTCFullYear()}`;
        expect(findDates(printed)).toEqual([day.toISOString().slice(0, 10)]);
      }),
    );
  });
});

describe('dateOrderShown', () => {
  it('follows a date that can be read only one way', () => {
    expect(dateOrderShown(['due 04/04/2023', 'on 03/20/2023'])).toBe('month-first');
    expect(dateOrderShown(['on 20-10-2015'])).toBe('day-first');
    expect(dateOrderShown(['on 03.04.2024'])).toBe('day-first');
  });

  it('answers nothing when no date shows it, or when dates contradict each other', () => {
    expect(dateOrderShown(['03/04/2024', '2024-12-31'])).toBeUndefined();
    expect(dateOrderShown(['31/12/2024', '12/31/2024'])).toBeUndefined();
  });
});
