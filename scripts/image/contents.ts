// Writes what an image holds as CycloneDX, prints how many packages have which licence, and fails when one of npm has a licence that is not
// allowed: node scripts/image/contents.ts FOLDER FILE, where FOLDER is the image's root. It reads the folders of packages rather than the lock
// file (as `npm sbom` does), since packages are left out of the images.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Component, debianPackages, npmPackages } from './components.ts';
import { isAllowed } from './licences.ts';

const [, , folder, file] = process.argv;
if (folder === undefined || file === undefined)
  throw new Error('usage: node scripts/image/contents.ts FOLDER FILE');

const version = execFileSync(join(folder, 'usr/local/bin/node'), ['--version'], { encoding: 'utf8' }).trim();
const node: Component = { name: 'node', version, purl: `pkg:generic/node@${version}`, licences: ['MIT'] };
const npm = npmPackages(folder);
const debian = debianPackages(folder);

writeFileSync(file, `${JSON.stringify(asCycloneDx([node, ...npm, ...debian]), null, 1)}\n`);
process.stdout.write(`${npm.length} packages of npm: ${countLicences(npm)}\n`);
process.stdout.write(`${debian.length} packages of Debian: ${file}\n`);
const refused = npm.filter(({ licences }) => !isAllowed(licences[0]));
for (const { name, licences } of refused)
  process.stderr.write(
    `${name}: the licence ${licences[0] ?? '(none)'} is not one of scripts/image/licences.ts\n`,
  );
process.exitCode = refused.length > 0 ? 1 : 0;

/** https://cyclonedx.org/docs/1.6/json */
function asCycloneDx(components: readonly Component[]) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: components.map(({ licences, ...component }) => ({
      type: 'library',
      'bom-ref': component.purl,
      ...component,
      licenses: licences.map((name) => ({ license: { name } })),
    })),
  };
}

function countLicences(components: readonly Component[]): string {
  const count = new Map<string, number>();
  for (const { licences } of components) {
    const name = licences[0] ?? '(none)';
    count.set(name, (count.get(name) ?? 0) + 1);
  }
  return [...count]
    .sort(([, a], [, b]) => b - a)
    .map(([name, packages]) => `${packages} ${name}`)
    .join(', ');
}
