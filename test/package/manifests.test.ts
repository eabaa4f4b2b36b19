import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';

// That each part declares what it imports, and imports what it declares, is checked by `npm run imports` and `npm run unused`. They do
// not see links to other parts, peers and the lock file.

interface Manifest {
  workspaces: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, { version?: string; resolved?: string; link?: true }>;
}

const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content;
const root = read<Manifest>('package.json');
const { packages } = read<Lock>('package-lock.json');
const parts = globSync(root.workspaces.map((workspace) => `${workspace}/package.json`))
  .map(dirname)
  .sort();
const applications = parts.filter((part) => part !== 'src');
const privateParts = ['.', ...applications];

test('every folder of pipelines is a part', () => {
  expect(parts.filter((part) => part.startsWith('pipelines/'))).toEqual(globSync('pipelines/*').sort());
});

// The page uses the package by HTTP.
test.each(applications.filter((part) => part !== 'web'))(
  '%s declares the package that it is built on',
  (part) => {
    expect(read<Manifest>(`${part}/package.json`).dependencies).toMatchObject({ 'pg-switchyard': '*' });
  },
);

test.each(privateParts)('%s has exact versions', (part) => {
  const { dependencies, devDependencies } = read<Manifest>(`${part}/package.json`);
  const { 'pg-switchyard': _, ...others } = { ...dependencies, ...devDependencies };
  for (const [name, version] of Object.entries(others))
    expect(version.replace(/^npm:[\w-]+@/, ''), name).toBe(packages[`node_modules/${name}`]?.version);
});

test('the package takes later versions than those it is tested with', () => {
  const { dependencies, peerDependencies } = read<Manifest>('src/package.json');
  for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies }))
    expect(range, name).toMatch(/^\^\d/);
});

test('all packages of Temporal have one version', () => {
  const versions = Object.entries(packages)
    .filter(([path]) => /node_modules\/@temporalio\/[^/]+$/.test(path))
    .map(([, { version }]) => version);
  expect(versions.length).toBeGreaterThan(7);
  expect(new Set(versions).size).toBe(1);
});

test('the lock file links to the parts, and holds no address of a registry', () => {
  const resolved = Object.values(packages).flatMap(({ resolved, link }) =>
    resolved === undefined ? [] : [{ resolved, link }],
  );
  expect(resolved.map((entry) => entry.resolved).sort()).toEqual(parts);
  expect(resolved.every(({ link }) => link === true)).toBe(true);
});

test('all packages lie in the one node_modules, which the image copies', () => {
  const folders = Object.keys(packages).filter((path) => path !== '');
  expect(folders.filter((path) => !path.startsWith('node_modules/') && !parts.includes(path))).toEqual([]);
});
