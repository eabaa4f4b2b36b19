import { readFile } from 'node:fs/promises';
import type { RunnerOption } from 'node-pg-migrate';

type Strategy = NonNullable<RunnerOption['migrationLoaderStrategies']>[number];
type Loader = Exclude<Strategy['loader'], string>;

/** How long a statement of a migration waits for a lock, in milliseconds: writers queue up behind whoever waits for one. */
export const lockTimeoutMs = 3_000;

/** A line by which a file asks for each of its statements to be sent alone. */
const alone = /^-- Without a transaction\b/m;
const endOfStatement = /;[ \t]*\n/;
const isComment = /^\s*(--[^\n]*\s*)*$/;

/**
 * Loads SQL files. Each runs in a transaction with a short lock timeout, which holds through a pooler too. A file
 * that says `-- Without a transaction` is sent statement by statement, each ended by `;` at the end of a line: for `CREATE INDEX
 * CONCURRENTLY`, which stands in no transaction and waits for old transactions without stopping writers. Such a file must bear being run again.
 */
const load: Loader = (paths) =>
  Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8');
      return {
        id: path,
        filePaths: [path],
        actions: {
          up: (pgm) => {
            if (alone.test(text)) pgm.noTransaction();
            for (const statement of stepsOf(text)) pgm.sql(statement);
          },
          down: false,
        },
      };
    }),
  );

function stepsOf(text: string): string[] {
  if (!alone.test(text)) return [`SET LOCAL lock_timeout = ${lockTimeoutMs}`, text];
  const statements = text.split(endOfStatement).filter((statement) => !isComment.test(statement));
  return ['SET lock_timeout = 0', ...statements, `SET lock_timeout = ${lockTimeoutMs}`];
}

export const sqlFiles: Strategy[] = [{ extensions: ['.sql'], loader: load }];
