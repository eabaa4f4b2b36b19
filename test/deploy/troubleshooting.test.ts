import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

const page = readFileSync('docs/troubleshooting.md', 'utf8');
const statements = [...page.matchAll(/^```sql\n(.*?)^```/gms)]
  .flatMap(([, block]) => String(block).split(';'))
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '');

let database: { url: string; drop(): Promise<void> };
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('there is SQL to try', () => expect(statements.length).toBeGreaterThan(8));

test.each(statements)('Postgres takes: %s', async (statement) => {
  await expect(client.query(statement)).resolves.toBeDefined();
});

/** What the product says, as the page quotes it. */
const quoted = [
  ...[...page.matchAll(/log says `([^`]+)`/g)].map((match) => String(match[1])),
  ...[...page.matchAll(/^\| `([^`]+)`/gm)].map((match) => String(match[1])),
];
/** Words of the packages below us, met with these releases. */
const others = [
  'Invalid address for Temporal gRPC endpoint',
  "Profile 'x' not found in config data",
  'unsupported startup parameter',
  'password authentication failed',
  'EACCES',
];

const sources = ['src', 'pipelines', 'server', 'scripts']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((path) => /\.(ts|mjs)$/.test(path))
  .map((path) => readFileSync(path, 'utf8'))
  .concat(readFileSync('Dockerfile', 'utf8'));

test.each(quoted.filter((text) => !others.some((other) => text.startsWith(other))))(
  'the code says: %s',
  (text) => {
    // Ports, addresses and the system's codes are put in where the code says it.
    const parts = text.split(/\b\d{2,}[\d.:]*|…|\(E[A-Z]+\)/).map((part) => part.trim());
    const said = sources.filter((source) => parts.every((part) => source.includes(part)));
    expect(said).not.toEqual([]);
  },
);
