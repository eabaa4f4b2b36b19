import { stripVTControlCharacters } from 'node:util';

/** How wide it is on a terminal, without the signs that colour it. */
const widthOf = (cell = ''): number => stripVTControlCharacters(cell).length;

/** Lines of cells in columns, as psql shows them. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column])))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
