const xmlRanges = ['application/xml', 'application/*', '*/*'];

/**
 * Whether an `Accept` header lets us answer application/xml: the most specific range that fits decides, and one with
 * `q=0` refuses. No header accepts all. https://www.rfc-editor.org/rfc/rfc9110#field.accept
 */
export function acceptsXml(header: string | undefined): boolean {
  if (header === undefined || header.trim() === '') return true;
  const weights = new Map(header.split(',').map(weightOf));
  const range = xmlRanges.find((candidate) => weights.has(candidate));
  return range !== undefined && (weights.get(range) ?? 0) > 0;
}

function weightOf(entry: string): [range: string, weight: number] {
  const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter));
  return [range, q === undefined ? 1 : Number(q.slice(q.indexOf('=') + 1))];
}
