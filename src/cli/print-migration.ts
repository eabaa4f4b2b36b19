import { printAnswer } from './answer.ts';
import type { MigrationSql } from './schema-sql.ts';

interface Flags {
  json?: boolean | undefined;
  undo?: boolean | undefined;
}

/** Prints a migration of the user's, and says what one of the tools would trip over. */
export function printMigration(migration: MigrationSql, { json, undo }: Flags, caveats: string): void {
  const { up, down } = migration;
  printAnswer({ json: { up, down }, text: migrationText(migration, { undo, caveats }) }, json);
}

/**
 * Plain SQL, which a file of Flyway, Prisma or Drizzle takes as it is. What undoes it stands below as a comment, so that no tool runs it;
 * with `undo` it is the text alone, for those that want it in a file: `U1__….sql`, `down.sql`.
 */
export function migrationText(
  { up, down }: MigrationSql,
  { undo = false, caveats = '' }: { undo?: boolean | undefined; caveats?: string },
): string {
  const notes = caveats === '' ? [] : [comment(caveats)];
  if (/\$\{/.test(up + down)) {
    process.stderr.write(
      'Flyway would read a dollar sign before a brace as the begin of a placeholder: set placeholderReplacement=false.\n',
    );
  }
  if (undo) return [...notes, down].join('\n');
  return down === '' ? up : [up, '', comment('To undo it:'), ...notes, comment(down)].join('\n');
}

/** Each line of it: an expression may have several. */
const comment = (text: string) =>
  text
    .split(/\r\n|[\n\r]/)
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n');
