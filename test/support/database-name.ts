/** The database that `npm test` migrates once and every test file copies. */
export const templateDatabase = 'switchyard';

export function withDatabase(url: string, database: string): string {
  const target = new URL(url);
  target.pathname = `/${database}`;
  return target.href;
}
