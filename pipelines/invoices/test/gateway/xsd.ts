import { type Node, parse } from './support.ts';

/**
 * Checks a document against a schema written in the part of XSD 1.0 that mappings/invoice.xsd uses: global and named
 * types, sequences of elements with their occurrences, restrictions by enumeration, pattern and minLength. Throws at
 * anything else in the schema. Answers what is wrong with the document.
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
    if (inner === undefined) checkBuiltIn(named ?? '', node.text, path);
    else if (inner.name === 'xs:simpleType') checkSimple(inner, node, path);
    else checkSequence(only(inner, 'xs:sequence'), node, path);
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

  function checkSimple(type: Node, node: Node, path: string): void {
    const allowed: string[] = [];
    for (const { name, attributes } of only(type, 'xs:restriction').children) {
      const value = attributes['value'] ?? '';
      if (name === 'xs:enumeration') allowed.push(value);
      else if (name === 'xs:pattern') expectThat(new RegExp(`^(?:${value})$`).test(node.text), node, path);
      else if (name === 'xs:minLength') expectThat(node.text.length >= Number(value), node, path);
      else throw new Error(`the schema uses ${name}`);
    }
    if (allowed.length > 0) expectThat(allowed.includes(node.text), node, path);
  }

  function checkBuiltIn(type: string, text: string, path: string): void {
    const pattern = { 'xs:date': /^\d{4}-\d\d-\d\d$/, 'xs:decimal': /^[+-]?(\d+(\.\d*)?|\.\d+)$/ }[type];
    if (pattern === undefined) throw new Error(`the schema uses ${type}`);
    if (!pattern.test(text)) problems.push(`${path} is no ${type}: ${text}`);
  }

  function expectThat(holds: boolean, node: Node, path: string): void {
    if (!holds) problems.push(`${path} must not be "${node.text}"`);
  }
}

const isType = ({ name }: Node): boolean => name === 'xs:simpleType' || name === 'xs:complexType';

function only(node: Node, name: string): Node {
  const [child, ...more] = node.children.filter((candidate) => candidate.name !== 'xs:annotation');
  if (child?.name !== name || more.length > 0) throw new Error(`the schema must have one ${name} here`);
  return child;
}
