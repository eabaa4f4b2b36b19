import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAllowed, licenceOf } from '../../scripts/image/licences.ts';

interface Locked {
  dev?: boolean;
  link?: boolean;
  license?: string;
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>;
};

test('every package that an image could hold has a licence that is allowed', () => {
  const held = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true,
  );
  expect(held.length).toBeGreaterThan(300);
  const refused = held
    .map(([path, { license }]) => [path, licenceOf(path.replace(/.*node_modules\//, ''), license)] as const)
    .filter(([, licence]) => !isAllowed(licence));
  expect(refused).toEqual([]);
});

test.each([
  ['MIT', true],
  ['(GPL-3.0-only OR MIT)', true],
  ['Apache-2.0 AND MIT', true],
  ['Apache-2.0 AND GPL-3.0-only', false],
  ['SEE LICENSE IN LICENSE.txt', false],
  [undefined, false],
])('a package under %s: %s', (licence, allowed) => {
  expect(isAllowed(licence)).toBe(allowed);
});
