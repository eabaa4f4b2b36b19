import type { Db } from './database.ts';

// What other libraries answer, said by its shape: none of them is loaded.

/** Prisma's client, or the one that `$transaction` gives its function. */
export const fromPrisma = (prisma: {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
}): Db => ({
  query: async (text, values) => rowsIn(await prisma.$queryRawUnsafe(text, ...values)),
});

/** Drizzle's database or transaction, on pg or postgres.js; and `sql` of `drizzle-orm`. */
export const fromDrizzle = <Query>(
  drizzle: { execute(query: Query): PromiseLike<unknown> },
  sql: (texts: TemplateStringsArray, ...values: unknown[]) => Query,
): Db => ({
  query: async (text, values) => {
    const { texts, bound } = split(text, values);
    return rowsIn(await drizzle.execute(sql(Object.assign(texts, { raw: texts }), ...bound)));
  },
});

/** Kysely's database or transaction. */
export const fromKysely = (kysely: {
  executeQuery(query: KyselyQuery): Promise<{ rows: unknown[] }>;
}): Db => ({
  query: (text, values) =>
    kysely.executeQuery({
      sql: text,
      parameters: values,
      query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
      queryId: { queryId: 'switchyard' },
    }),
});

/** As Kysely's `CompiledQuery.raw` makes it. */
interface KyselyQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: 'RawNode';
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly never[];
  };
  readonly queryId: { readonly queryId: string };
}

/** Knex, or its transaction. */
export const fromKnex = (knex: {
  raw(text: string, bindings: (string | null)[]): PromiseLike<unknown>;
}): Db => ({
  query: async (text, values) => {
    const { texts, bound } = split(text, values);
    return rowsIn(await knex.raw(texts.join('?'), bound));
  },
});

/** postgres.js: its `sql`, or that of `sql.begin`. */
export const fromPostgresJs = (sql: {
  unsafe(text: string, values: (string | null)[]): PromiseLike<unknown>;
}): Db => ({
  query: async (text, values) => rowsIn(await sql.unsafe(text, values)),
});

/** The text around its parameters, and the value of each in the order in which they stand. */
function split(text: string, values: readonly (string | null)[]) {
  const numbers = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
  return {
    texts: text.split(/\$\d+/),
    bound: numbers.map((number) => values[number - 1] ?? null),
  };
}

function rowsIn(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer;
  const { rows } = (answer ?? {}) as { rows?: unknown };
  if (!Array.isArray(rows)) throw new TypeError('the database library answered no rows');
  return rows;
}
