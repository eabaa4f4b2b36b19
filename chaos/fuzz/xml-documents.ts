import fc from 'fast-check';

const fragment = fc.constantFrom(
  '<a>',
  '</a>',
  '<b c="d">',
  '</b>',
  '<e/>',
  '<a b="1" b="2"/>',
  '<__proto__ constructor="x"/>',
  '<p:q xmlns:p="u"/>',
  'text',
  ' \r\n\t',
  '&lt;&#x20AC;&amp;',
  '&own;',
  '&#0;',
  '&#xFFFFFFFFFF;',
  '&',
  '<',
  '>',
  ']]>',
  '"',
  '<!--',
  '-->',
  '--',
  '<![CDATA[',
  '<?p q?>',
  '<?xml version="1.0"?>',
  '<?xml version="9.9" encoding="UTF-8" standalone="maybe"?>',
  '<!DOCTYPE a [<!ENTITY own "&own;&own;">]>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;',
  '\ufeff',
  '\u0000',
  '\u0001',
  '\ufffe',
  '\ud800',
  '𝒜',
  'x'.repeat(300),
  '<a>'.repeat(50),
  '</a>'.repeat(50),
);
const declaration = fc.constantFrom(
  '',
  '<?xml version="1.0" encoding="UTF-8"?>\n',
  `<?xml version="1.0"${' '.repeat(150)}encoding='utf-8'?>`,
);
const wholeElement = fc
  .array(fc.oneof(fc.constantFrom('<e/>', 'text', '<!-- c -->', '<![CDATA[ <&> ]]>'), fragment), {
    maxLength: 6,
  })
  .map((inner) => `<a>${inner.join('')}</a>`);
const text = fc
  .tuple(
    declaration,
    fc.oneof(
      wholeElement,
      fc.array(fragment, { maxLength: 14 }).map((all) => all.join('')),
    ),
  )
  .map(([head, body]) => (head + body).toWellFormed());

/** A document as UTF-8, with its text as the parser is meant to see it. */
const utf8 = text.map((said) => ({ bytes: Buffer.from(said), text: said.replace(/^\ufeff/, '') }));
/** What a document may say of its encoding, whatever it is in. */
const encoded = fc
  .tuple(
    fc.constantFrom(
      'utf-16',
      'utf-16be',
      'latin1',
      'shift_jis',
      'iso-2022-jp',
      'klingon',
      'gb18030',
      'utf-7',
    ),
    fc.constantFrom<BufferEncoding>('utf8', 'utf16le', 'latin1'),
    text,
    fc.boolean(),
  )
  .map(([named, used, said, mark]) => ({
    bytes: Buffer.from(`${mark ? '\ufeff' : ''}<?xml version="1.0" encoding="${named}"?>${said}`, used),
    text: undefined,
  }));
const bytes = fc.uint8Array({ maxLength: 300 }).map((any) => ({ bytes: Buffer.from(any), text: undefined }));

/** Bytes that may be XML; `text` where it is known what a parser is to make of them. */
export const xmlDocument: fc.Arbitrary<{ bytes: Buffer; text: string | undefined }> = fc.oneof(
  { weight: 6, arbitrary: utf8 },
  { weight: 2, arbitrary: encoded },
  { weight: 1, arbitrary: bytes },
);
