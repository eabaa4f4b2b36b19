/** Values as the XML of invoices writes them. */

/** An xsd:decimal without sign of plus, empty whole part or hanging point. */
export function decimal(text: string | undefined): string | undefined {
  const match = /^([+-]?)(\d{0,30})(?:\.(\d{0,20}))?$/.exec(text?.trim() ?? '');
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (whole === '' && fraction === '') return undefined;
  const minus = sign === '-' && /[1-9]/.test(whole + fraction) ? '-' : '';
  return `${minus}${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A date that there is: `2024-03-05`, or `20240305` as format 102 of UNTDID 2379 has it. */
export function isoDate(text: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(text ?? '') ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const iso = `${year}-${month}-${day}`;
  const time = Date.parse(iso);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso) ? iso : undefined;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a text. */
export function defined<T extends Record<string, string | undefined>>(fields: T): Defined<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(kept) as Defined<T>;
}
