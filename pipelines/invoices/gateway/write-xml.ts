import type { Invoice } from './invoice.ts';
import type { ElementRule, Mapping, TextSource } from './mapping-schema.ts';

/** Where a rule stands in the invoice. */
interface Place {
  top: unknown;
  here: unknown;
  /** The number of the repetition, from 1. */
  position: number;
}

/**
 * Writes an invoice as XML by a mapping, piece by piece. What the invoice lacks has no element: nothing is written
 * empty. `pretty` puts each element on a line of its own; `draft` is a comment above the root.
 */
export function* writeXml(
  invoice: Invoice,
  mapping: Mapping,
  pretty: boolean,
  draft: string | undefined = undefined,
): Generator<string> {
  const place: Place = { top: invoice, here: invoice, position: 1 };
  const root = mapping.roots.find((rule) => holds(rule, place));
  if (root === undefined) throw new Error(`no root of the mapping is for an invoice of type ${invoice.type}`);
  const declared = Object.entries(mapping.namespaces)
    .map(([prefix, uri]) => ` xmlns${prefix && `:${prefix}`}="${escapeAttribute(uri)}"`)
    .join('');
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (draft !== undefined) yield `<!-- ${draft.replaceAll('--', '- -')} -->\n`;
  yield `<${opening(root, place)}${declared}>`;
  for (const child of root.children ?? []) yield* writeElement(child, place, pretty ? 1 : undefined);
  yield `${pretty ? '\n' : ''}</${root.element}>\n`;
}

/** `depth` is that of the indentation; `undefined`: all in one line. */
function* writeElement(rule: ElementRule, outer: Place, depth: number | undefined): Generator<string> {
  if (!holds(rule, outer)) return;
  for (const place of placesOf(rule, outer)) {
    const content = rule.children === undefined ? contentOf(rule, place) : undefined;
    if (rule.children === undefined) {
      if (content !== undefined)
        yield `${indent(depth)}<${opening(rule, place)}>${escapeXml(content)}</${rule.element}>`;
      continue;
    }
    let opened = false;
    for (const child of rule.children) {
      for (const piece of writeElement(child, place, depth === undefined ? undefined : depth + 1)) {
        if (!opened) yield `${indent(depth)}<${opening(rule, place)}>`;
        opened = true;
        yield piece;
      }
    }
    if (opened) yield `${indent(depth)}</${rule.element}>`;
  }
}

function holds(rule: ElementRule, place: Place): boolean {
  if (rule.when === undefined) return true;
  const { path, is } = rule.when;
  const value = valueAt(path, place);
  return is === undefined ? value !== undefined : value === is;
}

function placesOf(rule: ElementRule, place: Place): Place[] {
  if (rule.within !== undefined) {
    const here = find(rule.within, place);
    return here === undefined ? [] : [{ ...place, here }];
  }
  if (rule.each === undefined) return [place];
  const list = find(rule.each, place);
  return Array.isArray(list) ? list.map((here, i) => ({ ...place, here, position: i + 1 })) : [];
}

function opening(rule: ElementRule, place: Place): string {
  const attributes = Object.entries(rule.attributes ?? {}).flatMap(([name, source]) => {
    const value = textOf(source, place);
    return value === undefined ? [] : [` ${name}="${escapeAttribute(value)}"`];
  });
  return `${rule.element}${attributes.join('')}`;
}

function contentOf(rule: ElementRule, place: Place): string | undefined {
  const text = textOf(rule, place);
  return rule.as === 'date-102' ? text?.replaceAll('-', '') : text;
}

function textOf(source: TextSource, place: Place): string | undefined {
  if (source.value !== undefined) return source.value;
  return source.from === undefined ? undefined : valueAt(source.from, place);
}

function valueAt(path: string, place: Place): string | undefined {
  const found = find(path, place);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function find(path: string, place: Place): unknown {
  if (path === '#') return place.position;
  if (path === '.') return place.here;
  const fromTop = path.startsWith('/');
  let found = fromTop ? place.top : place.here;
  for (const key of (fromTop ? path.slice(1) : path).split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

const indent = (depth: number | undefined): string => (depth === undefined ? '' : `\n${'  '.repeat(depth)}`);

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
/** What XML 1.0 cannot hold, however it is written. https://www.w3.org/TR/xml/#charsets */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text as an element holds it; what XML forbids is left out. */
export function escapeXml(text: string): string {
  return text.replace(forbidden, '').replace(/[&<>\r]/g, (character) => entities[character] ?? character);
}

/** Text as an attribute holds it: a reader makes spaces of white space that is not written as a reference. */
export function escapeAttribute(text: string): string {
  return text
    .replace(forbidden, '')
    .replace(/[&<>"\r\n\t]/g, (character) => entities[character] ?? character);
}
