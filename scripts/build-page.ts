// Builds the page of web/ into src/page/, where the API finds it, unless what is there was built from the same sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'src/page');
const stamp = join(page, '.sources');

const sources = hashOfSources();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) build();

function build(): void {
  process.stdout.write('building the page …\n');
  const vite = [join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'];
  const { status, error } = spawnSync(process.execPath, vite, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
  for (const file of globSync('**/*.{js,mjs,css,html,svg}', { cwd: page })) compress(join(page, file));
  writeFileSync(stamp, sources);
}

function compress(file: string): void {
  const content = readFileSync(file);
  writeFileSync(`${file}.br`, brotliCompressSync(content));
  writeFileSync(`${file}.gz`, gzipSync(content));
}

/** Of all that the page is made of; the versions of its packages are in the lock file. */
function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = ['package-lock.json', ...globSync('web/{*.*,{src,public}/**/*.*}', { cwd: root }).sort()];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
