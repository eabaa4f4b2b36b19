import { SaxesParser } from 'saxes';

/** An element by its local name; namespaces and their prefixes are not kept. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: XmlElement[];
}

const limits = { bytes: 20_000_000, depth: 100, elements: 1_000_000 } as const;

/**
 * Reads a whole XML document. Entities of its own are not expanded.
 *
 * @throws Error when it is not well-formed, not in UTF-8 or UTF-16, or beyond the limits
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  if (bytes.byteLength > limits.bytes) {
    throw new Error(`it has ${bytes.byteLength} bytes; at most ${limits.bytes} are read`);
  }
  const root: XmlElement = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  let elements = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements += 1;
    if (open.length > limits.depth || elements > limits.elements)
      throw new Error('it is too large or nested too deeply');
    const element: XmlElement = { name: localName(name), attributes, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => open.pop());
  parser.write(decodeXml(bytes)).close();
  const [top] = root.children;
  if (top === undefined) throw new Error('it has no element');
  return top;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The text of a document, by its byte order mark or declaration; UTF-8 otherwise. https://www.w3.org/TR/xml/#sec-guessing */
export function decodeXml(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be', { fatal: true }).decode(bytes);
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le', { fatal: true }).decode(bytes);
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1];
  return new TextDecoder(declared ?? 'utf-8', { fatal: true }).decode(bytes);
}

/** The elements at a path of local names, such as `A/B`; `A|C/B` allows either name at its step. */
export function elementsAt(element: XmlElement, path: string): XmlElement[] {
  return path.split('/').reduce(
    (found, step) => {
      const names = step.split('|');
      return found.flatMap(({ children }) => children.filter(({ name }) => names.includes(name)));
    },
    [element],
  );
}

/** The trimmed text of the first element at a path that has any. */
export function textAt(element: XmlElement, path: string): string | undefined {
  return elementsAt(element, path)
    .map(({ text }) => text.trim())
    .find((text) => text !== '');
}
