import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';

/**
 * Checks that a stream of bytes is one well-formed XML document, piece by piece, in bounded memory. Entities of a
 * document's own are not expanded: one that needs them counts as not well-formed.
 */
export class XmlCheck {
  readonly #parser = new SaxesParser();
  /** The first bytes, kept until they surely hold the whole XML declaration. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #decoder: TextDecoder | undefined;
  #problem: Error | undefined;
  #sawRoot = false;

  constructor() {
    this.#parser.on('error', (error) => {
      this.#problem ??= error;
    });
    this.#parser.on('opentagstart', () => {
      this.#sawRoot = true;
    });
  }

  write(chunk: Uint8Array): void {
    if (this.#head === undefined) {
      this.#parse(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= headBytes) this.#parseHead();
  }

  /** Why the document is not well-formed, or `undefined` when it is. */
  end(): string | undefined {
    if (this.#head?.length === 0) return 'the answer is empty';
    this.#parseHead();
    try {
      this.#parser.write(this.#decoder?.decode() ?? '');
      this.#parser.close();
    } catch (error) {
      this.#problem ??= error instanceof Error ? error : new Error(String(error));
    }
    if (this.#problem !== undefined) return this.#problem.message.slice(0, 200);
    return this.#sawRoot ? undefined : 'it has no element';
  }

  #parseHead(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) this.#parse(head);
  }

  #parse(chunk: Uint8Array): void {
    if (this.#problem !== undefined) return;
    try {
      this.#decoder ??= decoderFor(chunk);
      this.#parser.write(this.#decoder.decode(chunk, { stream: true }));
    } catch (error) {
      this.#problem ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** How far into a document its encoding is looked for. */
const headBytes = 256;

/** The encoding by byte order mark or declaration, UTF-8 otherwise. https://www.w3.org/TR/xml/#sec-guessing */
function decoderFor(first: Uint8Array): TextDecoder {
  const [a, b] = first;
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  const head = Buffer.from(first.subarray(0, headBytes)).toString('latin1');
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1];
  return new TextDecoder(declared ?? 'utf-8', { fatal: true });
}
