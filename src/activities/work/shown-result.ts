const longestText = 200;

/** Values of a result as Temporal's Web UI shows them: short ones as they are, of long ones their size; none that is left out. */
export function shownResult(
  values: Readonly<Record<string, unknown>>,
): Record<string, string | number | boolean> {
  const entries = Object.entries(values).flatMap(([name, given]): [string, string | number | boolean][] => {
    const value = shown(given);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

function shown(value: unknown): string | number | boolean | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length <= longestText ? text.toWellFormed() : `(${text.length} characters)`;
}
