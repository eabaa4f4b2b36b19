/** What the gateway answers, in the order of its own liking. */
const answers = { xml: 'application/xml', json: 'application/json' } as const;

export type AnswerFormat = keyof typeof answers;

export const contentType = (format: AnswerFormat): string => answers[format];

/**
 * Which answer an `Accept` header wants: of the types that it lets us send the one with the greatest weight, XML among equals;
 * `undefined` when it wants neither. The most specific range that fits a type decides its weight, and `q=0` refuses. No header accepts
 * all. https://www.rfc-editor.org/rfc/rfc9110#field.accept
 */
export function acceptedFormat(header: string | undefined): AnswerFormat | undefined {
  if (header === undefined || header.trim() === '') return 'xml';
  const weights = new Map(header.split(',').map(weightOf));
  const weight = (format: AnswerFormat): number => {
    const range = [answers[format], 'application/*', '*/*'].find((candidate) => weights.has(candidate));
    return range === undefined ? 0 : (weights.get(range) ?? 0);
  };
  const [xml, json] = [weight('xml'), weight('json')];
  if (xml > 0 && xml >= json) return 'xml';
  return json > 0 ? 'json' : undefined;
}

function weightOf(entry: string): [range: string, weight: number] {
  const [range = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter));
  return [range, q === undefined ? 1 : Number(q.slice(q.indexOf('=') + 1))];
}
