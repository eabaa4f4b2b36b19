import { equal, ok } from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { idempotencyKey } from '../../../pipelines/invoices/api/idempotency.ts';
import { readCursor } from '../../../pipelines/invoices/api/list-cursor.ts';
import { resultFileName } from '../../../pipelines/invoices/api/result-file-name.ts';
import { acceptedFormat } from '../../../pipelines/invoices/gateway/accept.ts';
import { attachment, cleanFileName } from '../../../pipelines/lib/file-names.ts';
import { Problem } from '../../../src/api/problems.ts';
import { parseRetryAfter } from '../../../src/platform/retry-after.ts';
import { nothingOpen, type Target } from '../target.ts';

const nasty = fc.constantFrom(
  ...[
    '',
    '.',
    '..',
    '../../etc/passwd',
    'C:\\Windows\\x.pdf',
    '/',
    '\\',
    'a\u0000.pdf',
    '\u202Efdp.exe',
    '\ud800',
  ],
  ...[
    'con',
    'a\r\nset-cookie: x',
    '"; filename="b',
    "UTF-8''%00%ff",
    '%2e%2e%2f',
    '😀'.repeat(300),
    'x'.repeat(50_000),
  ],
  ...[
    '.pdf',
    'a.pdf.pdf.PDF',
    ' . ',
    '\u2028',
    '*/*;q=',
    'application/xml;q=0',
    'text/html,,;;q=x',
    ',;'.repeat(20_000),
  ],
  ...[
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '-1',
    '1e9',
    '999999999999',
    'Infinity',
    '"',
    '"\\"',
    '"a" , "b"',
    ' '.repeat(40_000),
  ],
  ...['W10', 'eyJfX3Byb3RvX18iOjF9', Buffer.from('["99999999999999999","x"]').toString('base64url')],
);
const word = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(nasty, { maxLength: 3 }).map((words) => words.join('')),
);

/** Answers what was thrown, which must be a refusal that its client may read. */
function refusedOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    ok(error.status === 400 && error.message.length < 1_000);
    return undefined;
  }
}

function check(text: string): void {
  const name = cleanFileName(text);
  ok(name !== '' && name !== '.' && name !== '..' && [...name].length <= 200 && name.isWellFormed());
  ok(!/[/\\\p{Cc}\u202a-\u202e]/u.test(name));
  equal(cleanFileName(name), name);
  validateHeaderValue('content-disposition', attachment(resultFileName(text)));
  const key = refusedOr(() => idempotencyKey(text));
  ok(key === undefined || /^[\x20-\x7e]{1,255}$/.test(key));
  const position = refusedOr(() => readCursor(text));
  ok(position === undefined || /^(-?infinity|\d[\d:. -]+ (AD|BC) UTC)$/.test(position.createdAt));
  equal([undefined, 'xml', 'json'].includes(acceptedFormat(text)), true);
  const wait = parseRetryAfter(text);
  ok(wait === undefined || (wait >= 0 && wait <= 3_600_000));
}

export const words: Target = {
  name: 'words',
  about: 'file names, headers and cursors: each is cleaned or refused, and fits where it goes',
  cases: 15_000,
  shortCases: 500,
  open: async () => ({
    ...nothingOpen,
    property: fc.asyncProperty(word, async (text) => check(text)),
  }),
};
