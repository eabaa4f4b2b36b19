const mostCharacters = 200;
const fallbackName = 'document.pdf';

/** Controls, line and paragraph separators, and the marks that turn the direction of what follows. */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A client's file name as people may see it: without folders, controls and direction marks, at most 200 characters of
 * which the last may be an extension. It names nothing on our disk.
 */
export function cleanFileName(name: string | undefined): string {
  const base = (name ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = shorten(base.replace(unfit, '').trim()).trim();
  return clean === '.' || clean === '..' || clean === '' ? fallbackName : clean;
}

function shorten(name: string): string {
  const characters = [...name];
  if (characters.length <= mostCharacters) return name;
  const extension = [...(/\.[^.]{1,10}$/u.exec(name)?.[0] ?? '')];
  return [...characters.slice(0, mostCharacters - extension.length), ...extension].join('');
}

/**
 * The `Content-Disposition` of a download: an ASCII name for all, the real one for those that can read it.
 * https://www.rfc-editor.org/rfc/rfc6266#section-5, https://www.rfc-editor.org/rfc/rfc8187#section-3.2
 */
export const attachment = (name: string): string => disposition('attachment', name);

/** The same for what is to be shown. */
export const inline = (name: string): string => disposition('inline', name);

function disposition(how: 'attachment' | 'inline', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  const extended = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${how}; filename="${ascii}"; filename*=UTF-8''${extended}`;
}
