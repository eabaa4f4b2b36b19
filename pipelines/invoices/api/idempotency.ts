import { createHash } from 'node:crypto';
import { Problem, quoteInput } from 'pg-switchyard/api';

const mostCharacters = 255;

/**
 * The key of an `Idempotency-Key` header: a quoted string, as the draft has it, or the bare word that many clients send.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 * @throws {Problem} 400
 */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = (Array.isArray(header) ? header.join(', ') : header).trim();
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
    .exec(text)?.[1]
    ?.replace(/\\(["\\])/g, '$1');
  const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/.test(text) ? text : undefined;
  const key = quoted ?? bare;
  if (key === undefined || key.length === 0 || key.length > mostCharacters) {
    throw new Problem(
      400,
      'BAD_IDEMPOTENCY_KEY',
      `Idempotency-Key must be one text of 1 to ${mostCharacters} printable ASCII characters, best a UUID in quotes; got ${quoteInput(text)}`,
    );
  }
  return key;
}

/**
 * What two uploads have in common that are the same request: content, mapping, priority, customer and time. The last two
 * count only when one was sent, so that keys from before there were such fields are still good.
 */
export function fingerprintOf(upload: {
  sha256: string;
  mapping: string;
  priority: number;
  customer: string | null;
  runAt: string | null;
}): string {
  const { sha256, mapping, priority, customer, runAt } = upload;
  const later = customer === null && runAt === null ? [] : [customer, runAt];
  return createHash('sha256')
    .update(JSON.stringify([sha256, mapping, priority, ...later]))
    .digest('hex');
}
