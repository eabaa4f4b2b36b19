/**
 * The rows of a query that is asked again and again, as lines: all of them the first time, with a heading, and then those that have
 * changed. A row is known by its first column.
 */
export class ChangedRows {
  readonly #last = new Map<string, string>();
  #widths: readonly number[] = [];

  /** Lines for what is new; none: nothing is. */
  linesFor(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
    const names = Object.keys(rows[0] ?? {});
    const cells = rows.map((row) => names.map((name) => String(row[name] ?? '')));
    const isFirst = this.#last.size === 0;
    const changed = cells.filter((row) => this.#note(row));
    if (changed.length === 0) return [];
    this.#widths = names.map((_, column) =>
      Math.max(this.#widths[column] ?? 0, ...[names, ...cells].map((row) => row[column]?.length ?? 0)),
    );
    return (isFirst ? [names, ...changed] : changed).map((row) => this.#line(row));
  }

  #note(row: readonly string[]): boolean {
    const [key = ''] = row;
    const text = JSON.stringify(row);
    if (this.#last.get(key) === text) return false;
    this.#last.set(key, text);
    return true;
  }

  #line(row: readonly string[]): string {
    return row
      .map((cell, column) => cell.padEnd(this.#widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  }
}
