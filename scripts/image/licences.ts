/** Licences under which a package may be in an image: they ask for their text and the names of authors, which stay in its folder. SPDX. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Packages whose package.json names no licence, and what their file LICENSE says. */
const stated: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

/** The licence of a package of npm as it names it itself, as an SPDX expression. */
export const licenceOf = (name: string, named: string | undefined): string | undefined =>
  named ?? stated[name];

/**
 * Whether a package may be in an image by the licence that its package.json names: an SPDX expression of `AND` and `OR`
 * (https://spdx.github.io/spdx-spec). One without a licence may not.
 */
export function isAllowed(licence: string | undefined): boolean {
  const choices = (licence ?? '').replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((name) => allowed.has(name)));
}
