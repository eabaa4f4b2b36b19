import { XmlCheck } from '../../pipelines/invoices/xml.ts';
import { environment } from '../../src/platform/environment.ts';

/** Documents that go on and on: a beginning, what is repeated, and the end. */
export const floods: Record<string, readonly [string, string, string]> = {
  'white space in text': ['<a>', ' \n', '</a>'],
  'white space after the root': ['<a/>', '  ', ''],
  'white space in a tag': ['<a ', '  ', '/>'],
  text: ['<a>', 'lorem ipsum ', '</a>'],
  'a comment': ['<a><!--', ' lorem ipsum', '--></a>'],
  CDATA: ['<a><![CDATA[', 'AAAA', ']]></a>'],
  'a processing instruction': ['<a><?p ', 'lorem ipsum ', '?></a>'],
  'a document type': ['<!DOCTYPE a [', '<!ENTITY b "bbbbbbbbbb"> ', ']><a/>'],
  'an attribute value': ['<a b="', 'cccccccc', '"/>'],
  'empty elements': ['<a>', '<b/>', '</a>'],
  'numeric entities': ['<a>', '&#65;', '</a>'],
  'open elements': ['', '<a>', ''],
  'a name': ['<', 'a', '/>'],
  'an entity name': ['<a>&', 'b', ';</a>'],
  'an instruction’s name': ['<?', 'p', '?><a/>'],
  'line breaks before all': ['', '\r\n', '<a/>'],
};
/** A tag whose attributes differ all the time. */
const attributes = 'attributes of one tag';
export const floodNames = [...Object.keys(floods), attributes];

/** Answers the verdict on a document of about `bytes` bytes, given in pieces of 64 KiB. */
export function verdictOnFlood(name: string, bytes: number): string | undefined {
  const [begin, repeated, end] = floods[name] ?? ['<a', ' b="1"', '/>'];
  const check = new XmlCheck();
  check.write(Buffer.from(begin));
  const same = Buffer.from(repeated.repeat(Math.ceil(65_536 / repeated.length)));
  for (let sent = 0; sent < bytes; sent += same.length) {
    check.write(name === attributes ? Buffer.from(differing(sent)) : same);
  }
  check.write(Buffer.from(end));
  return check.end();
}

const differing = (from: number): string =>
  Array.from({ length: 5_000 }, (_, i) => ` n${from + i}="1"`).join('');

// Started with a small heap, it ends of itself only if memory stays flat.
if (process.argv[1] === import.meta.filename) {
  const megabytes = Number(environment()['FLOOD_MB'] ?? 100);
  const verdicts = floodNames.map((name) => [name, verdictOnFlood(name, megabytes * 1_000_000) ?? 'good']);
  process.stdout.write(JSON.stringify(Object.fromEntries(verdicts)));
}
