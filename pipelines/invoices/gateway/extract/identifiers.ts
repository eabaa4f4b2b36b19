/** Value added tax numbers by the country they begin with. https://taxation-customs.ec.europa.eu/vies */
const vatPatterns = [
  ...[
    'ATU\\d{8}',
    'BE[01]\\d{9}',
    'BG\\d{9,10}',
    'CY\\d{8}[A-Z]',
    'CZ\\d{8,10}',
    'DE\\d{9}',
    'DK\\d{8}',
    'EE\\d{9}',
  ],
  ...[
    'EL\\d{9}',
    'ES[A-Z0-9]\\d{7}[A-Z0-9]',
    'FI\\d{8}',
    'FR[A-Z0-9]{2}\\d{9}',
    'GB(?:\\d{9}|\\d{12})',
    'XI\\d{9}',
  ],
  ...[
    'HR\\d{11}',
    'HU\\d{8}',
    'IE\\d[A-Z0-9]\\d{5}[A-Z]{1,2}',
    'IT\\d{11}',
    'LT\\d{9,12}',
    'LU\\d{8}',
    'LV\\d{11}',
  ],
  ...[
    'MT\\d{8}',
    'NL\\d{9}B\\d{2}',
    'PL\\d{10}',
    'PT\\d{9}',
    'RO\\d{2,10}',
    'SE\\d{12}',
    'SI\\d{8}',
    'SK\\d{10}',
  ],
  ...['CHE\\d{9}(?:MWST|TVA|IVA)?', 'NO\\d{9}MVA'],
];
/** The Indian goods and services tax number: state, permanent account number, entity, check letter. */
const gstin = '\\d{2}[A-Z]{5}\\d{4}[A-Z][A-Z\\d]Z[A-Z\\d]';
const vatId = new RegExp(`^(?:${vatPatterns.join('|')}|${gstin})$`);
const vatInText = new RegExp(`(?<![A-Z0-9])(?:${vatPatterns.join('|')}|${gstin})(?![A-Z0-9])`);

/** A tax number that the text begins with, printed with spaces and points or without. */
export function vatIdAtStart(text: string): string | undefined {
  const words = text.slice(0, 60).split(/\s+/);
  for (let count = Math.min(words.length, 6); count > 0; count -= 1) {
    const compact = words
      .slice(0, count)
      .join('')
      .replaceAll(/[.\-,;:)]/g, '')
      .toUpperCase();
    if (vatId.test(compact)) return compact;
  }
  const [first = ''] = words;
  const bare = first.replace(/[.,;:)]+$/, '').replaceAll(/(?<=\w)-(?=\d)/g, '');
  return /^[A-Z]{0,5}\d[A-Z\d]{6,14}$/.test(bare) && /\d{5}/.test(bare) ? bare : undefined;
}

export function vatIdIn(text: string): string | undefined {
  return vatInText.exec(text.slice(0, 1_000))?.[0];
}

/** The country that a tax number names. */
export function vatCountry(id: string): string | undefined {
  if (new RegExp(`^${gstin}$`).test(id)) return 'IN';
  const prefix = vatId.test(id) ? id.slice(0, 2) : undefined;
  return { EL: 'GR', XI: 'GB' }[prefix ?? ''] ?? prefix;
}

/** An IBAN whose check digits are right, without its spaces. ISO 13616 */
export function ibanIn(text: string): string | undefined {
  for (const match of text
    .slice(0, 1_000)
    .matchAll(/(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])/g)) {
    const groups = match[0].split(' ');
    for (let count = groups.length; count > 0; count -= 1) {
      const iban = groups.slice(0, count).join('');
      if (iban.length >= 15 && iban.length <= 34 && hasIbanCheck(iban)) return iban;
    }
  }
  return undefined;
}

function hasIbanCheck(iban: string): boolean {
  const digits = [...`${iban.slice(4)}${iban.slice(0, 4)}`].map((c) => Number.parseInt(c, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}

/** A bank's code, which only its label tells from other words. ISO 9362 */
export function bicAtStart(text: string): string | undefined {
  return /^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])/.exec(text)?.[0];
}

export function emailIn(text: string): string | undefined {
  return /(?<![\w.+-])[\w.+-]{1,64}@(?:[\p{L}\d-]{1,63}\.){1,8}\p{L}{2,24}(?![\p{L}\d])/u.exec(
    text.slice(0, 1_000),
  )?.[0];
}

/** A telephone number, which a label or a leading `+` tells from other numbers: 7 to 15 digits. ITU-T E.164 */
export function phoneIn(text: string, labelled: boolean): string | undefined {
  const pattern = labelled
    ? /^[(+]?\d[\d ()./-]{5,24}\d/
    : /(?<![\w.])(?:\+\d|\(\d{2,4}\))[\d ()./-]{5,22}\d(?!\w)/;
  const found = pattern.exec(text.slice(0, 500).trimStart())?.[0];
  const digits = found?.replaceAll(/\D/g, '').length ?? 0;
  return digits >= 7 && digits <= 15 ? found : undefined;
}

/**
 * A number of a company register, after the town of the register at most. `HRB 12345` keeps its section; groups of
 * digits are joined.
 */
export function registrationAtStart(text: string): string | undefined {
  const bare = text.slice(0, 80).replace(/^[:.\s]+/, '');
  const found =
    /^(?:(?!HR[AB]\s)\p{L}{2,20}\s+)?(HR[AB]\s?\d{1,7}|H\s[AB]\s\d{1,7}|(?:\d{3}\s){2}\d{3}(?:\s\d{5})?|[A-Z]{0,2}\d[A-Z\d]{4,20})(?!\w)/u.exec(
      bare,
    )?.[1];
  return found !== undefined && /^[\d\s]+$/.test(found) ? found.replaceAll(/\s/g, '') : found;
}

/** A number of the German register of companies, known by its section. */
export function germanRegistrationIn(text: string): string | undefined {
  return /(?<!\p{L})HR[AB]\s?\d{1,7}(?!\d)/u.exec(text.slice(0, 1_000))?.[0];
}
