// `npm start`, `npm test` and `npm run check`: installs what is missing, builds the page, then goes on with the Node that the project pins. Until then it
// runs on whatever Node is there, and without node_modules.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules/.cache/switchyard');
const oldest = 20;
const targets = {
  start: ['server/dev/main.ts'],
  test: ['scripts/test.mjs'],
  check: ['scripts/test.mjs', '--project', 'unit'],
};

const [command, ...args] = process.argv.slice(2);
const target = targets[command];
if (target === undefined)
  throw new Error(`usage: bootstrap.mjs ${Object.keys(targets).join('|')} [ARGUMENT …]`);
if (Number(process.versions.node.split('.')[0]) < oldest) {
  fail(`Switchyard needs Node ${oldest} or newer; this is ${process.version}.`);
}
installIfMissing();
const node = nodeToUse();
// `check` needs no page.
if (command !== 'check') buildPage(node);
run(node, [...target, ...args]);

/** `npm ci` when there are no packages, or those of another lock file. */
function installIfMissing() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const marker = join(cache, 'lock-file');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  process.stdout.write('installing packages (once) …\n');
  const install = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', install, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error !== undefined || status !== 0) fail('The packages could not be installed; npm says why above.');
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, lock);
}

/** Does nothing when the page was built from the same sources. */
function buildPage(node) {
  const { status, error } = spawnSync(node, ['scripts/build-page.ts'], { cwd: root, stdio: 'inherit' });
  if (error !== undefined || status !== 0) fail('The page could not be built; what is wrong stands above.');
}

/** Node 24 runs TypeScript as it is: the one that is installed as a package, or this one if it is new enough. */
function nodeToUse() {
  const pinned = join(root, 'node_modules/node/bin/node');
  if (spawnSync(pinned, ['--version']).status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(
    `Node 24 is needed and the npm package "node" did not bring it (this is ${process.version}). ` +
      'Install scripts may be switched off: `npm config get ignore-scripts` must say false.',
  );
}

function run(node, nodeArgs) {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const env = { NODE_COMPILE_CACHE: join(cache, 'compiled'), ...process.env, PATH: path };
  const child = spawn(node, nodeArgs, { cwd: root, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
