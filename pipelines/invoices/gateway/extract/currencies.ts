/** Signs and abbreviations that stand for one currency. `$`, `¥` and `kr` stand for several: see currency.ts. */
export const currencySigns: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  Rs: 'INR',
  US$: 'USD',
  CA$: 'CAD',
  C$: 'CAD',
  AU$: 'AUD',
  A$: 'AUD',
  NZ$: 'NZD',
  S$: 'SGD',
  HK$: 'HKD',
  R$: 'BRL',
  '₩': 'KRW',
  '₺': 'TRY',
  '₽': 'RUB',
  '₴': 'UAH',
  '₪': 'ILS',
  '฿': 'THB',
  '₫': 'VND',
  '₱': 'PHP',
  zł: 'PLN',
  Kč: 'CZK',
  Ft: 'HUF',
  Fr: 'CHF',
  SFr: 'CHF',
  Euro: 'EUR',
};

/** ISO 4217 codes that are looked for beside amounts. */
export const currencyCodes: readonly string[] =
  'EUR USD GBP INR CHF JPY CNY AUD CAD NZD SGD HKD SEK NOK DKK PLN CZK HUF RON BGN ISK TRY ILS AED SAR ZAR BRL MXN KRW THB MYR IDR PHP VND TWD PKR LKR NPR BDT RUB UAH EGP NGN KES MAD TND CLP COP'.split(
    ' ',
  );

/** The same as the inside of a regular expression; signs that are no letters need none. */
export const currencyWords: string = [
  ...currencyCodes,
  ...Object.keys(currencySigns).filter((sign) => /^\p{L}+$/u.test(sign)),
  'kr',
].join('|');
