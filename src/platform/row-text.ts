/** Postgres takes no NUL in a text, and a row is no place for pages. */
export function fitForRow(message: string | null | undefined, mostCharacters = 2_000): string {
  return (message ?? '').replaceAll('\0', '').slice(0, mostCharacters).toWellFormed();
}
