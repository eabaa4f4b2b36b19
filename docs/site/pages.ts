// Puts the pages of the repository where the site is built: its packages are found from here alone.
import { cpSync, globSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const pages = fileURLToPath(new URL('pages', import.meta.url));

rmSync(pages, { recursive: true, force: true });
const found = globSync(['{*.md,{docs,examples,pipelines,src,test}/**/*.md}', 'docs/screenshots/*.png'], {
  cwd: repository,
  exclude: ['**/node_modules/**', 'docs/site/**'],
});
for (const page of found) cpSync(`${repository}/${page}`, `${pages}/${page}`);
