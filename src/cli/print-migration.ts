import { printAnswer } from './answer.ts';
import type { MigrationSql } from './schema-sql.ts';

interface Flags {
  json?: boolean | undefined;
  undo?: boolean | undefined;
}

/**
 * Prints a migration as plain SQL, which a file of Flyway, Prisma or Drizzle takes as it is. What undoes it stands below as a
 * comment, so that no tool runs it; with `undo` it is printed alone, for those that want it in a file: `U1__….sql`, `down.sql`.
 */
export function printMigration({ up, down }: MigrationSql, { json, undo }: Flags, caveats: string): void {
  const notes = comment(caveats);
  const whole = down === '' ? up : [up, '', comment('To undo it:'), notes, comment(down)].join('\n');
  printAnswer({ json: { up, down }, text: undo ? [notes, down].join('\n') : whole }, json);
  if (/\$\{/.test(up + down)) {
    process.stderr.write(
      'Flyway would read a dollar sign before a brace as the begin of a placeholder: set placeholderReplacement=false.\n',
    );
  }
}

/** Each line of it: an expression may have several. */
const comment = (text: string) =>
  text
    .split(/\r\n|[\n\r]/)
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n');
