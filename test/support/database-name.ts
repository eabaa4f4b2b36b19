/** The database that `npm test` migrates once and every test file copies. */
export const templateDatabase = 'switchyard';

/** Who owns all databases of tests: neither superuser nor allowed to create roles or databases, as on a managed Postgres. */
export const databaseOwner = 'unprivileged';

/** The same address for another account. */
export function withUser(url: string, user: string): string {
  const target = new URL(url);
  target.username = user;
  return target.href;
}

export function withDatabase(url: string, database: string): string {
  const target = new URL(url);
  target.pathname = `/${database}`;
  return target.href;
}
