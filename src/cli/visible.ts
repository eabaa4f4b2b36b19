/** What a terminal obeys instead of showing it, and what turns the direction of a text. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of a row, or of anybody, on one line of a terminal, which does as it says otherwise. */
export function visible(text: string, most = 200): string {
  const shown = text.replace(unseen, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}
