const longestText = 200;

/**
 * The columns of a result as Temporal's Web UI shows them: short values as they are, of long ones their size. Contents stay in the
 * row: what Temporal holds of a job are references.
 */
export function shownResult(
  columns: readonly string[],
  values: Readonly<Record<string, unknown>>,
): Record<string, string | number | boolean> {
  const entries = columns.flatMap((column): [string, string | number | boolean][] => {
    const value = shown(values[column]);
    return value === undefined ? [] : [[column, value]];
  });
  return Object.fromEntries(entries);
}

function shown(value: unknown): string | number | boolean | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length <= longestText ? text.toWellFormed() : `(${text.length} characters)`;
}
