// Everything that `npm test` is: each step in turn, the first that fails ends it. Arguments are vitest's (`npm run check` chooses the
// unit tests). Run by scripts/bootstrap.mjs on Node 24.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const steps = [
  ['format and lint', 'biome', ['ci', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['types of the page', 'tsc', ['-p', 'web']],
  [
    'import directions',
    'depcruise',
    ['src', 'pipelines', 'server', 'test', 'bench', '--config', '.dependency-cruiser.cjs'],
  ],
  ['unused code', 'knip', []],
  ['migrations', 'node', ['scripts/lint-migrations.ts']],
];

function run(name, command, args) {
  const started = Date.now();
  process.stdout.write(`\n▶ ${name}\n`);
  const { status, error } = spawnSync(join('node_modules/.bin', command), args, { stdio: 'inherit' });
  if (error) throw error;
  process.stdout.write(
    `${status === 0 ? '✔' : '✘'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  return status ?? 1;
}

for (const [name, command, args] of steps) {
  const status = run(name, command, args);
  if (status !== 0) process.exit(status);
}

const folder = mkdtempSync(join(tmpdir(), 'switchyard-report-'));
const report = join(folder, 'report.json');
const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
let status = run('tests', 'vitest', [...vitest, ...process.argv.slice(2)]);
try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, success } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that broke before its tests ran has no failed test of its own, and is a failure all the same.
  const failed = Math.max(
    numFailedTests,
    success ? 0 : Math.max(1, numFailedTests, numFailedTestSuites > 0 ? 1 : 0),
  );
  process.stdout.write(`\n${numPassedTests} passed, ${failed} failed\n`);
  if (failed > 0 && status === 0) status = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);
