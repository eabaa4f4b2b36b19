// `npm run migrations:lint`: what would stop writers, or break the processes of the version before. A file says itself, with the reason,
// which rule does not hold for it. https://squawkhq.com/docs/rules
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';

const squawk = createRequire(createRequire(import.meta.url).resolve('squawk-cli/package.json'));

/** Rules that hold for no file of ours. */
const left = {
  'require-lock-timeout': 'migrate sets it (src/platform/migration-files.ts)',
  'require-statement-timeout': 'a migration that has its locks may take its time',
  'prefer-bigint-over-int': 'counts of tries and priorities; ids are uuid or bigint',
};

/** `undefined`: there is none for this platform. */
function findSquawk(): string | undefined {
  try {
    return squawk.resolve(`@squawk-cli/${platform()}-${arch()}/bin/squawk`);
  } catch {
    return undefined;
  }
}

function main(): number {
  const program = findSquawk();
  if (program === undefined) {
    process.stdout.write(`left out: there is no squawk for ${platform()}-${arch()}\n`);
    return 0;
  }
  const files = globSync(['migrations/*.sql', 'pipelines/*/migrations/[0-9]*.sql']).toSorted();
  const options = ['--pg-version=14', '--assume-in-transaction', `--exclude=${Object.keys(left).join(',')}`];
  const { status, error } = spawnSync(program, [...options, ...files], { stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

process.exit(main());
