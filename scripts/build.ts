// Writes the npm package into dist/, or into the folder that is named: the compiled engine, its page, its migrations and the
// package.json of src/. `npm pack ./dist` packs it.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  /** The sources are not published as they are. */
  private: boolean;
  exports: Record<string, string>;
  bin: Record<string, string>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));

rmSync(dist, { recursive: true, force: true });
const tsc = [join(root, 'node_modules/@typescript/native/bin/tsc'), '-p', 'tsconfig.build.json'];
execFileSync(process.execPath, [...tsc, '--outDir', join(dist, 'lib')], { cwd: root, stdio: 'inherit' });
execFileSync(process.execPath, [join(root, 'scripts/build-page.ts')], { cwd: root, stdio: 'inherit' });
cpSync(join(root, 'src/page'), join(dist, 'lib/page'), { recursive: true });
cpSync(join(root, 'migrations'), join(dist, 'migrations'), { recursive: true });
cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
cpSync(join(root, 'src/README.md'), join(dist, 'README.md'));
const manifest = JSON.parse(readFileSync(join(root, 'src/package.json'), 'utf8')) as Manifest;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published(manifest), null, 2)}\n`);

/** What `src/package.json` says, with the compiled files in place of the sources. */
function published({ private: _, exports, bin, ...rest }: Manifest) {
  return {
    ...rest,
    exports: mapValues(exports, (source) => ({
      types: compiled(source, '.d.ts'),
      default: compiled(source, '.js'),
    })),
    bin: mapValues(bin, (source) => compiled(source, '.js')),
    files: ['lib', 'migrations'],
  };
}

/** `./cli/main.ts` → `./lib/cli/main.js` */
function compiled(source: string, extension: string): string {
  return source.replace('./', './lib/').replace(/\.ts$/, extension);
}

function mapValues<Value>(record: Record<string, string>, change: (value: string) => Value) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
