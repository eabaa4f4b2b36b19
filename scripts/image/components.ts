import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { licenceOf } from './licences.ts';

/** A package that an image holds. https://github.com/package-url/purl-spec */
export interface Component {
  name: string;
  version: string;
  purl: string;
  /** Of npm: the SPDX expression that its package.json names. Of Debian: the short names in its copyright file. */
  licences: string[];
}

interface Manifest {
  name?: string;
  version?: string;
  license?: string | { type: string };
  licenses?: { type: string }[];
}

/** Every package in a folder `node_modules`, once for each version. The parts of this repository are links, and no packages. */
export function npmPackages(folder: string): Component[] {
  const root = join(folder, 'app');
  const files = globSync('node_modules/**/package.json', { cwd: root }).filter((path) =>
    /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  const found = files.map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest);
  return distinct(found.map(asComponent));
}

function asComponent({ name = '', version = '', license, licenses = [] }: Manifest): Component {
  const named = licenceOf(name, typeof license === 'string' ? license : (license?.type ?? licenses[0]?.type));
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { name, version, purl, licences: named === undefined ? [] : [named] };
}

/** By the list that dpkg keeps, or by the files that scanners read where there is no dpkg. */
export function debianPackages(folder: string): Component[] {
  const dpkg = join(folder, 'var/lib/dpkg');
  const lists = [join(dpkg, 'status'), ...globSync(join(dpkg, 'status.d/*'))].filter((path) =>
    existsSync(path),
  );
  const entries = lists.flatMap((path) => readFileSync(path, 'utf8').split('\n\n'));
  return distinct(entries.filter((entry) => entry.trim() !== '').map((entry) => asDebian(entry, folder)));
}

function asDebian(entry: string, folder: string): Component {
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(entry)?.[1] ?? '';
  const [name, version] = [field('Package'), field('Version')];
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${field('Architecture')}`;
  const copyright = join(folder, 'usr/share/doc', name, 'copyright');
  const text = existsSync(copyright) ? readFileSync(copyright, 'utf8') : '';
  const licences = new Set([...text.matchAll(/^License: *(\S.*)$/gm)].map((match) => String(match[1])));
  return { name, version, purl, licences: [...licences] };
}

function distinct(components: readonly Component[]): Component[] {
  return [...new Map(components.map((component) => [component.purl, component])).values()].sort((a, b) =>
    a.purl < b.purl ? -1 : 1,
  );
}
