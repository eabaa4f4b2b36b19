import { type Node, parse } from './support.ts';

/**
 * Checks a document against a schema written in the part of XSD 1.0 that mappings/invoice.xsd uses: global and named
 * types, sequences of elements with their occurrences, attributes and groups of them, texts with attributes, restrictions by enumeration,
 * pattern, minLength and bounds. Throws at anything else in the schema. Answers what is wrong with the document.
 */
export function schemaProblems(xsd: string, document: Node): string[] {
  const schema = parse(xsd);
  const types = new Map(schema.children.map((type) => [type.attributes['name'] ?? '', type]));
  const problems: string[] = [];
  const root = schema.children.find(
    ({ name, attributes }) => name === 'xs:element' && attributes['name'] === document.name,
  );
  if (root === undefined) return [`no root element ${document.name}`];
  if (document.attributes['xmlns'] !== schema.attributes['targetNamespace']) problems.push('wrong namespace');
  check(root, document, document.name);
  return problems;

  function check(declaration: Node, node: Node, path: string): void {
    const named = declaration.attributes['type'];
    const inner = named === undefined ? declaration.children.find(isType) : types.get(named);
    if (inner?.name === 'xs:complexType') checkComplex(inner, node, path);
    else {
      if (Object.keys(node.attributes).some((name) => !name.startsWith('xmlns')))
        problems.push(`${path} has attributes`);
      checkText(named, inner, node.text, path);
    }
  }

  function checkText(named: string | undefined, inner: Node | undefined, text: string, path: string): void {
    const type = inner ?? types.get(named ?? '');
    if (type === undefined) checkBuiltIn(named ?? '', text, path);
    else checkSimple(type, text, path);
  }

  function checkComplex(type: Node, node: Node, path: string): void {
    const parts = type.children.filter(({ name }) => name !== 'xs:annotation');
    const content = parts.filter(({ name }) => !isAttribute(name));
    const [text] = content
      .filter(({ name }) => name === 'xs:simpleContent')
      .map(({ children }) => children[0]);
    if (text === undefined) checkSequence(only({ ...type, children: content }, 'xs:sequence'), node, path);
    else checkText(text.attributes['base'], undefined, node.text, path);
    checkAttributes(text?.children ?? parts.filter(({ name }) => isAttribute(name)), node, path);
  }

  function checkAttributes(declared: readonly Node[], node: Node, path: string): void {
    const all = declared.flatMap((one) =>
      one.name === 'xs:attributeGroup' ? (types.get(one.attributes['ref'] ?? '')?.children ?? []) : [one],
    );
    const known = new Map(
      all.filter(({ name }) => name === 'xs:attribute').map((one) => [one.attributes['name'] ?? '', one]),
    );
    for (const [name, { attributes }] of known) {
      const value = node.attributes[name];
      if (value !== undefined) checkText(attributes['type'], undefined, value, `${path}/@${name}`);
      else if (attributes['use'] === 'required') problems.push(`${path}/@${name} is missing`);
    }
    for (const name of Object.keys(node.attributes))
      if (!known.has(name) && !name.startsWith('xmlns')) problems.push(`${path}/@${name} is out of place`);
  }

  function checkSequence(sequence: Node, node: Node, path: string): void {
    if (node.text.trim() !== '') problems.push(`${path} has text`);
    const left = [...node.children];
    for (const declaration of sequence.children) {
      const { name = '', minOccurs = '1', maxOccurs = '1' } = declaration.attributes;
      const most = maxOccurs === 'unbounded' ? Number.POSITIVE_INFINITY : Number(maxOccurs);
      let count = 0;
      while (count < most && left[0]?.name === name) {
        check(declaration, left.shift() as Node, `${path}/${name}`);
        count += 1;
      }
      if (count < Number(minOccurs)) problems.push(`${path}/${name} is missing`);
    }
    for (const { name } of left) problems.push(`${path}/${name} is out of place`);
  }

  function checkSimple(type: Node, text: string, path: string): void {
    const allowed: string[] = [];
    const restriction = only(type, 'xs:restriction');
    if (restriction.attributes['base'] === 'xs:decimal') checkBuiltIn('xs:decimal', text, path);
    for (const { name, attributes } of restriction.children) {
      const value = attributes['value'] ?? '';
      if (name === 'xs:enumeration') allowed.push(value);
      else if (name === 'xs:pattern') expectThat(new RegExp(`^(?:${value})$`).test(text), text, path);
      else if (name === 'xs:minLength') expectThat(text.length >= Number(value), text, path);
      else if (name === 'xs:minInclusive') expectThat(Number(text) >= Number(value), text, path);
      else if (name === 'xs:maxInclusive') expectThat(Number(text) <= Number(value), text, path);
      else throw new Error(`the schema uses ${name}`);
    }
    if (allowed.length > 0) expectThat(allowed.includes(text), text, path);
  }

  function checkBuiltIn(type: string, text: string, path: string): void {
    const pattern = {
      'xs:date': /^\d{4}-\d\d-\d\d$/,
      'xs:decimal': /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
      'xs:positiveInteger': /^0*[1-9]\d*$/,
    }[type];
    if (pattern === undefined) throw new Error(`the schema uses ${type}`);
    if (!pattern.test(text)) problems.push(`${path} is no ${type}: ${text}`);
  }

  function expectThat(holds: boolean, text: string, path: string): void {
    if (!holds) problems.push(`${path} must not be "${text}"`);
  }
}

const isAttribute = (name: string): boolean => name === 'xs:attribute' || name === 'xs:attributeGroup';

const isType = ({ name }: Node): boolean => name === 'xs:simpleType' || name === 'xs:complexType';

function only(node: Node, name: string): Node {
  const [child, ...more] = node.children.filter((candidate) => candidate.name !== 'xs:annotation');
  if (child?.name !== name || more.length > 0) throw new Error(`the schema must have one ${name} here`);
  return child;
}
