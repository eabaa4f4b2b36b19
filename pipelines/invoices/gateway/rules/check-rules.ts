import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import SaxonJS from 'saxon-js';
import { isUbl } from '../extract/ubl.ts';
import { decodeXml, parseXml, type XmlElement } from '../extract/xml-tree.ts';
import { type Finding, type NotChecked, type RulesReport, reportOf } from './report.ts';

/** See cen/NOTICE.md. */
const version = 'EN 16931 (CEN/TC 434) 1.3.16';
const mostBytes = 5_000_000;
const mostText = 200;

type Syntax = RulesReport['syntax'];

/** Checks an XML invoice against the official rules of EN 16931 for its syntax. */
export function checkRules(bytes: Uint8Array): RulesReport | NotChecked {
  if (bytes.byteLength > mostBytes)
    return { notChecked: `it has ${bytes.byteLength} bytes; at most ${mostBytes} are checked` };
  const text = decodeXml(bytes);
  // No invoice has one, and what it may define is not worth its dangers.
  if (text.includes('<!DOCTYPE')) return { notChecked: 'it has a document type declaration' };
  const root = parseXml(bytes);
  const syntax = syntaxOf(root);
  if (syntax === undefined) {
    const why = `its root is ${root.name}; there are rules for UBL and for CrossIndustryInvoice`;
    return { notChecked: why, notOurs: true };
  }
  const options = { stylesheetInternal: stylesheet(syntax), sourceText: text } as const;
  const { principalResult } = SaxonJS.transform({ ...options, destination: 'serialized' }, 'sync');
  return reportOf(syntax, version, findingsIn(parseXml(Buffer.from(principalResult))));
}

function syntaxOf(root: XmlElement): Syntax | undefined {
  if (isUbl(root)) return 'UBL';
  return root.name === 'CrossIndustryInvoice' ? 'CII' : undefined;
}

const stylesheets = new Map<Syntax, object>();

function stylesheet(syntax: Syntax): object {
  const loaded = stylesheets.get(syntax) ?? load(syntax);
  stylesheets.set(syntax, loaded);
  return loaded;
}

function load(syntax: Syntax): object {
  const file = new URL(`cen/en16931-${syntax.toLowerCase()}.sef.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as object;
}

/** The assertions that failed, in a report of Schematron (SVRL). */
const findingsIn = (svrl: XmlElement): Omit<Finding, 'count'>[] =>
  svrl.children
    .filter(({ name }) => name === 'failed-assert')
    .map(({ attributes, children }) => ({
      rule: attributes['id'] ?? '',
      level: attributes['flag'] === 'warning' ? 'warning' : 'error',
      place: placeOf(attributes['location'] ?? ''),
      text: (children.find(({ name }) => name === 'text')?.text ?? '').trim().slice(0, mostText),
    }));

/** `/*:Invoice[namespace-uri()='…'][1]/*:Item[namespace-uri()='…'][2]` as `/Invoice/Item[2]`. */
const placeOf = (location: string): string =>
  location
    .replaceAll(/\[namespace-uri\(\)='[^']*'\]/g, '')
    .replaceAll('*:', '')
    .replaceAll('[1]', '')
    .slice(0, mostText);
