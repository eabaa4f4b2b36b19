import { equal, ok } from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadMappings } from '../../../pipelines/invoices/gateway/mappings.ts';
import { writeXml } from '../../../pipelines/invoices/gateway/write-xml.ts';
import { XmlCheck } from '../../../pipelines/invoices/xml.ts';
import { SetupError } from '../../../src/platform/errors.ts';
import { invoice } from '../invoices.ts';
import type { Target } from '../target.ts';

const word = fc.constantFrom(
  ...[
    'a',
    'p:a',
    'x:y',
    'xml:lang',
    'xmlns',
    'xmlns:a',
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    '1a',
  ],
  ...[
    'number',
    'seller.name',
    '/currency',
    '.',
    '#',
    'lines',
    'seller',
    'type',
    'seller.address',
    'totals.net',
  ],
  ...[
    '..',
    '../../etc/passwd',
    'a b',
    '\u0000',
    '\ud800',
    '<',
    '"&<>\'',
    'a'.repeat(3_000),
    'a.'.repeat(2_000),
  ],
  ...[
    '__proto__.polluted',
    'constructor.prototype',
    'invoice',
    'credit-note',
    'urn:x',
    'http://www.w3.org/2000/xmlns/',
  ],
);
const anything = fc.oneof(word, fc.anything({ maxDepth: 3, withNullPrototype: false }).filter(isJson));
const rarely = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: usual as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: anything });

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

const path = fc.constantFrom(
  'number',
  '/number',
  'seller.name',
  '/seller.iban',
  '.',
  '#',
  'totals.gross',
  'type',
);
const name = fc.constantFrom('a', 'b-c', 'p:a', '__proto__', 'constructor', 'xml:lang');
const source = fc.oneof(fc.record({ from: rarely(path) }), fc.record({ value: rarely(word) }));
const { child } = fc.letrec<{ child: unknown }>((tie) => ({
  child: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('part', 'other', '__proto__'),
    fc.tuple(rarely(name), source).map(([element, content]) => ({ element, ...content })),
    fc.record({ element: rarely(name), children: fc.array(tie('child'), { minLength: 1, maxLength: 3 }) }),
    fc
      .tuple(
        rarely(name),
        fc.constantFrom('within', 'each'),
        fc.constantFrom('lines', 'seller', 'seller.address'),
        source,
      )
      .map(([element, how, where, content]) => ({ element, [how]: where, ...content })),
    anything,
  ),
}));
const children = fc.array(child, { minLength: 1, maxLength: 4 });
/** Built as text, so that `__proto__` is a member like any other. */
const member = (key: unknown, value: unknown) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`;
const record = (values: fc.Arbitrary<unknown>, keys = rarely(name)) =>
  fc
    .array(
      fc.tuple(
        keys.map((key) => (typeof key === 'string' ? key : 'k')),
        values,
      ),
      { maxLength: 3 },
    )
    .map((all) => `{${all.map(([key, value]) => member(key, value)).join(',')}}`);
const mapping = fc
  .record({
    namespaces: record(
      rarely(fc.constantFrom('urn:x', 'urn:y', 'a"b<')),
      rarely(fc.constantFrom('', 'p', 'x', '__proto__')),
    ),
    parts: record(children, rarely(fc.constantFrom('part', 'other', '__proto__'))),
    roots: rarely(fc.array(fc.record({ element: rarely(name), children }), { minLength: 1, maxLength: 2 })),
    more: fc.constantFrom('', ',"passEmbeddedXml":true', ',"__proto__":{"polluted":1}', ',"colour":1'),
  })
  .map(
    ({ namespaces, parts, roots, more }) =>
      `{"description":"d","namespaces":${namespaces},"parts":${parts},${member('roots', roots)}${more}}`,
  );
const deep = fc.nat({ max: 4_000 }).map((depth) => '{"a":['.repeat(depth) + ']}'.repeat(depth));
const content = fc.oneof(
  { weight: 40, arbitrary: mapping },
  { weight: 3, arbitrary: fc.json() },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

export const mappings: Target = {
  name: 'mappings',
  about: 'mapping files: a plain error, or any invoice becomes well-formed XML by them',
  cases: 10_000,
  shortCases: 200,
  async open({ folder }) {
    const dir = join(folder, 'mappings');
    await mkdir(dir, { recursive: true });
    const property = fc.asyncProperty(content, invoice, async (text, document) => {
      await writeFile(join(dir, 'm.json'), text);
      const loaded = await loadMappings(dir).catch((error: unknown) => {
        if (!(error instanceof SetupError)) throw error;
        ok(error.message.includes('m.json'));
      });
      ok(!('polluted' in {}));
      const found = loaded?.get('m');
      if (found === undefined) return;
      const check = new XmlCheck();
      for (const piece of writeXml(document, found, true)) check.write(Buffer.from(piece));
      equal(check.end(), undefined);
    });
    return { property, close: async () => undefined };
  },
};
