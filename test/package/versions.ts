import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { until } from '../support/until.ts';
import { installExample } from './install.ts';

/** What the next version's migration does: it expands the schema, as the rules say (CONTRIBUTING.md). */
export const nextMigration = '98_of-the-next-version';
const nextSql = `-- Up Migration
ALTER TABLE switchyard.queues ADD COLUMN next_version text;
DO $$
DECLARE
  queue record;
BEGIN
  FOR queue IN SELECT name FROM switchyard.queues WHERE kind = 'watched' LOOP
    EXECUTE format('ALTER TABLE switchyard_jobs.%I ADD COLUMN next_version integer NOT NULL DEFAULT 0', queue.name);
  END LOOP;
END
$$;
`;

/** Two versions of examples/parcels, each with a package of its own: that of a release, or of these sources, and the next one. */
export interface Versions {
  readonly old: Version;
  readonly next: Version;
  remove(): Promise<void>;
}

/** The tarball of the last release, where there is one; else the package as the sources are now stands in for it. */
export async function installVersions(taskQueue: string): Promise<Versions> {
  const root = await mkdtemp(join(tmpdir(), 'switchyard-versions-'));
  const [old, next] = [join(root, 'old'), join(root, 'next')];
  await installExample('parcels', old);
  await adapt(old, taskQueue);
  await cp(old, next, { recursive: true, verbatimSymlinks: true });
  // Above both, for what the API needs; the package itself is the one that was installed.
  await symlink(resolve('node_modules'), join(root, 'node_modules'));
  const found = await readdir('test/package/releases').catch(() => []);
  const release = found
    .filter((file) => file.endsWith('.tgz'))
    .toSorted()
    .at(-1);
  if (release === undefined) await makeNext(next);
  else await unpack(resolve('test/package/releases', release), old);
  return {
    old: new Version('old', old),
    next: new Version('next', next),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The task queue of the example is another test's too; and what tells the processes of two versions apart. */
async function adapt(folder: string, taskQueue: string): Promise<void> {
  const file = join(folder, 'application.ts');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text
      .replace(`taskQueue: 'parcels'`, `taskQueue: '${taskQueue}'`)
      .replace(
        '  databaseUrl: process',
        `  workerId: String(process.env['WORKER_ID']), apiPort: Number(process.env['API_PORT'] ?? 0),\n$&`,
      ),
  );
}

async function makeNext(folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/pg-switchyard');
  const file = join(installed, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { version: string };
  await writeFile(file, JSON.stringify({ ...manifest, version: `${manifest.version}-next` }));
  await writeFile(join(installed, 'migrations', `${nextMigration}.sql`), nextSql);
}

async function unpack(tarball: string, folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/pg-switchyard');
  await rm(installed, { recursive: true });
  await mkdir(installed);
  await promisify(execFile)('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']);
}

export type Role = 'starter' | 'worker' | 'api';

/** A process of one version. */
export interface VersionProcess {
  readonly child: Child;
  /** What it has logged. */
  log(): Promise<string>;
  /** Where the API is. */
  readonly apiPort: number;
}

/** The commands of one version, on one database. */
export class Version {
  readonly name: string;
  readonly #folder: string;
  #started = 0;

  constructor(name: string, folder: string) {
    this.name = name;
    this.#folder = folder;
  }

  migrate(databaseUrl: string) {
    const args = [this.#command, 'migrate', '--app', 'application.ts'];
    return promisify(execFile)(process.execPath, args, { cwd: this.#folder, env: this.#env(databaseUrl) });
  }

  /** Rows name its starter by the name of the version. */
  async start(role: Role, databaseUrl: string): Promise<VersionProcess> {
    const apiPort = await freePort();
    this.#started += 1;
    const logFile = join(this.#folder, `${role}-${this.#started}.log`);
    const child = await startChild({
      command: process.execPath,
      args: [this.#command, 'start', role, '--app', 'application.ts'],
      env: { ...this.#env(databaseUrl), WORKER_ID: this.name, API_PORT: String(apiPort), LOG_FORMAT: 'json' },
      logFile,
      stopSignal: 'SIGTERM',
      cwd: this.#folder,
    });
    return { child, apiPort, log: () => readFile(logFile, 'utf8') };
  }

  /** Starts a process that is to run. */
  async run(role: Role, databaseUrl: string): Promise<VersionProcess> {
    const started = await this.start(role, databaseUrl);
    const says = { starter: 'starter runs', worker: 'worker runs', api: 'API listens' }[role];
    await until(async () => (await started.log()).includes(says));
    return started;
  }

  get #command(): string {
    return join(this.#folder, 'node_modules/.bin/switchyard');
  }

  #env(databaseUrl: string): NodeJS.ProcessEnv {
    return {
      ...compileCache,
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
    };
  }
}
