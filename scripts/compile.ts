// Writes src, pipelines and server into a folder as JavaScript, for the image: node scripts/compile.ts FOLDER
// Types become blanks, so every line and column stays where it is in the sources, and stack traces need no source maps.
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [, , target] = process.argv;
if (target === undefined) throw new Error('usage: node scripts/compile.ts FOLDER');

const left = ['src/page', 'server/dev', 'node_modules', 'test'];
const sources = globSync('{src,pipelines,server}/**/*.{ts,json,sql}', {
  cwd: root,
  exclude: (name) => left.some((folder) => name === folder || name.endsWith(`/${folder}`)),
});
for (const name of sources) {
  const file = join(target, name);
  mkdirSync(dirname(file), { recursive: true });
  const text =
    name.endsWith('.ts') || name === 'src/package.json' ? readFileSync(join(root, name), 'utf8') : '';
  if (name.endsWith('.ts')) writeFileSync(file.replace(/ts$/, 'js'), compiled(text));
  else if (name === 'src/package.json') writeFileSync(file, withJavaScript(text));
  else cpSync(join(root, name), file);
}

/** Each text that names a module by its relative path names the compiled one, which is as long. */
function compiled(source: string): string {
  return withJavaScript(stripTypeScriptTypes(source));
}

function withJavaScript(text: string): string {
  return text.replaceAll(/(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g, '$1$2.js$1');
}
