// Writes the npm package into dist/: the compiled engine, its migrations and a package.json of its own. `npm pack ./dist` packs it.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  exports: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** What the engine brings along. */
const dependencies = [
  '@types/pg',
  'node-pg-migrate',
  'pg',
  'pino',
  'pino-pretty',
  'prom-client',
  'standardwebhooks',
  'zod',
];
/** What an application has too, in one version with the engine's. */
const peers = ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@temporalio/proto'];
/** Those that a starter does without: of the worker, its workflows and the API. */
const optionalPeers = ['@temporalio/activity', '@temporalio/worker', '@temporalio/workflow', 'fastify'];

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
cpSync(join(root, 'migrations'), join(dist, 'migrations'), { recursive: true });
cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
cpSync(join(root, 'src/README.md'), join(dist, 'README.md'));
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published(manifest), null, 2)}\n`);

function published({ name, version, description, license, exports, ...versions }: Manifest) {
  const pinned = { ...versions.dependencies, ...versions.devDependencies };
  const rangesOf = (names: readonly string[]) =>
    Object.fromEntries(names.map((dependency) => [dependency, rangeOf(dependency, pinned[dependency])]));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22.12' },
    exports: Object.fromEntries(
      Object.entries(exports).map(([face, source]) => [face, conditionsOf(source)]),
    ),
    bin: { switchyard: './lib/cli/main.js' },
    files: ['lib', 'migrations'],
    dependencies: rangesOf(dependencies),
    peerDependencies: rangesOf([...peers, ...optionalPeers]),
    peerDependenciesMeta: Object.fromEntries(optionalPeers.map((peer) => [peer, { optional: true }])),
  };
}

function conditionsOf(source: string): { types: string; default: string } {
  const module = source.replace(/^\.\/src\//, './lib/').replace(/\.ts$/, '');
  return { types: `${module}.d.ts`, default: `${module}.js` };
}

function rangeOf(dependency: string, version: string | undefined): string {
  if (version === undefined) throw new Error(`package.json has no version of ${dependency}`);
  return `^${version}`;
}
