import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteRange, StoredContent } from 'pg-switchyard';
import { Problem } from 'pg-switchyard/api';

/**
 * Sends a file, or the one part of it that is asked for; several parts at once are answered with the whole.
 * @throws {Problem} 416 for a part that lies past its end
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  content: StoredContent,
  etag?: string,
): Promise<FastifyReply> {
  try {
    reply.header('accept-ranges', 'bytes');
    const range = isForThis(request.headers['if-range'], etag)
      ? rangeIn(request.headers.range, content.bytes)
      : undefined;
    if (range === 'past the end') throw pastEnd(content.bytes);
    const { start, end } = range ?? { start: 0, end: content.bytes - 1 };
    reply.header('content-length', end - start + 1);
    if (range !== undefined)
      reply.code(206).header('content-range', `bytes ${start}-${end}/${content.bytes}`);
    return reply.send(await content.stream(range));
  } catch (error) {
    await content.close();
    throw error;
  }
}

/** A part is of no use to who has the beginning of another content. */
const isForThis = (ifRange: string | string[] | undefined, etag: string | undefined): boolean =>
  ifRange === undefined || ifRange === etag;

/** https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2; what is none is as good as no header. */
function rangeIn(header: string | undefined, bytes: number): ByteRange | 'past the end' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(bytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return start > end ? 'past the end' : { start, end };
}

const pastEnd = (bytes: number) =>
  new Problem(416, 'RANGE_PAST_END', `the file has ${bytes} bytes; ask for a part within it`, {
    headers: { 'content-range': `bytes */${bytes}` },
  });

/** Sends the client to an address that lets in whoever has it: nobody may keep the answer. */
export const redirectTo = (reply: FastifyReply, url: string): FastifyReply =>
  reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(url, 307);
