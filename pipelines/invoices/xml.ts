import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';

/** No invoice comes near these; without them a hostile answer could fill the worker's memory. */
export const xmlLimits = {
  /** Elements one inside the other. */
  depth: 1_000,
  /** Of an element, an attribute or an entity. */
  nameCharacters: 1_000,
  /** Of one tag with all its attributes. */
  tagCharacters: 256 * 1024,
} as const;

/** How much of a comment, a CDATA section or a value is kept before it is let go. */
const heldCharacters = 64 * 1024;

/**
 * What saxes holds of a token that has not ended yet. It has no limit of its own and no public name for these, and
 * keeps a comment of 100 MB whole though nobody asks for it.
 */
interface Held {
  text: string;
  readonly name: string;
  readonly entity: string;
  readonly piTarget: string;
}

/**
 * Checks that a stream of bytes is one well-formed XML document, piece by piece, in bounded memory. Entities of a
 * document's own are not expanded: one that needs them counts as not well-formed, and so does one beyond `xmlLimits`.
 */
export class XmlCheck {
  readonly #parser = new SaxesParser();
  /** The first bytes, kept until they surely hold the whole XML declaration. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #decoder: TextDecoder | undefined;
  #problem: string | undefined;
  #sawRoot = false;

  constructor() {
    this.#parser.on('error', (error) => {
      throw error;
    });
    this.#limitElements();
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
    this.#try(() => {
      this.#parser.write(this.#decoder?.decode() ?? '');
      this.#parser.close();
    });
    return this.#problem ?? (this.#sawRoot ? undefined : 'it has no element');
  }

  #parseHead(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) this.#parse(head);
  }

  #parse(chunk: Uint8Array): void {
    this.#try(() => {
      this.#decoder ??= decoderFor(chunk);
      this.#parser.write(this.#decoder.decode(chunk, { stream: true }));
      letGo(this.#parser as unknown as Held);
    });
  }

  /** After the first problem nothing more is parsed. */
  #try(step: () => void): void {
    if (this.#problem !== undefined) return;
    try {
      step();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#problem = message.slice(0, 200).toWellFormed();
    }
  }

  #limitElements(): void {
    const parser = this.#parser;
    let depth = 0;
    let tagBegan = 0;
    parser.on('opentagstart', ({ name }) => {
      this.#sawRoot = true;
      tagBegan = parser.position;
      depth += 1;
      if (depth > xmlLimits.depth) throw new Error(`elements are nested more than ${xmlLimits.depth} deep`);
      requireName(name);
    });
    parser.on('attribute', () => {
      if (parser.position - tagBegan <= xmlLimits.tagCharacters) return;
      throw new Error(`a tag has more than ${xmlLimits.tagCharacters} characters`);
    });
    parser.on('opentag', (tag) => {
      tag.attributes = {}; // the parser keeps the tag until it is closed
    });
    parser.on('closetag', () => {
      depth -= 1;
    });
  }
}

/** Drops what nobody will read of a token that goes on, and refuses names that do not end. */
function letGo(held: Held): void {
  // The rest is not empty, so that a value of the XML declaration that is no value does not become one.
  if (held.text.length > heldCharacters) held.text = '…';
  for (const name of [held.name, held.entity, held.piTarget]) requireName(name);
}

function requireName(name: string): void {
  if (name.length <= xmlLimits.nameCharacters) return;
  throw new Error(`a name has more than ${xmlLimits.nameCharacters} characters`);
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
