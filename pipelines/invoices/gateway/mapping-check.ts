import { invoiceShape, isList, type Shape, shapeAt } from './invoice-shape.ts';
import type { ElementRule, Mapping } from './mapping-schema.ts';

/**
 * What is wrong with a mapping although its form is right: prefixes that are not declared, paths that lead nowhere or
 * to the wrong kind of thing, a type of document that has no root. In words, each with its place.
 */
export function problemsOf(mapping: Mapping): string[] {
  const check = new MappingCheck(new Set(Object.keys(mapping.namespaces)));
  for (const [index, root] of mapping.roots.entries()) check.rule(root, invoiceShape, `roots.${index}`);
  const missing = (['invoice', 'credit-note'] as const).filter(
    (type) => !mapping.roots.some(({ when }) => when === undefined || when.is === type),
  );
  return [...check.problems, ...missing.map((type) => `roots: none is for documents of type ${type}`)];
}

class MappingCheck {
  readonly problems: string[] = [];
  readonly #prefixes: ReadonlySet<string>;

  constructor(prefixes: ReadonlySet<string>) {
    this.#prefixes = prefixes;
  }

  /** `outer` is where the rule's own paths `when`, `within` and `each` begin, `place` where it stands in the file. */
  rule(rule: ElementRule, outer: Shape, place: string): void {
    this.#prefix(rule.element, place);
    if (rule.when !== undefined) this.#text(rule.when.path, outer, `${place}.when.path`);
    const here = this.#begin(rule, outer, place);
    if (here === undefined) return;
    if (rule.from !== undefined) this.#text(rule.from, here, `${place}.from`);
    for (const [name, source] of Object.entries(rule.attributes ?? {})) {
      this.#prefix(name, `${place}.attributes`);
      if (source.from !== undefined) this.#text(source.from, here, `${place}.attributes.${name}.from`);
    }
    for (const child of rule.children ?? []) this.rule(child, here, `${place} > ${child.element}`);
  }

  /** Where the paths of a rule's content begin. */
  #begin({ within, each }: ElementRule, outer: Shape, place: string): Shape | undefined {
    if (each !== undefined) {
      const found = shapeAt(each, outer);
      if (isList(found)) return found[0];
      this.#wrong(`${place}.each`, each, 'a list: lines, or the address of a party');
      return undefined;
    }
    if (within === undefined) return outer;
    const found = shapeAt(within, outer);
    if (found !== undefined && !isList(found)) return found;
    this.#wrong(`${place}.within`, within, 'a group or a field of the invoice');
    return undefined;
  }

  #text(path: string, here: Shape, place: string): void {
    if (shapeAt(path, here) !== 'text') this.#wrong(place, path, 'a single field of the invoice');
  }

  #prefix(name: string, place: string): void {
    const [prefix, local] = name.split(':');
    if (local === undefined || prefix === undefined || prefix === 'xml' || this.#prefixes.has(prefix)) return;
    this.problems.push(`${place}: the prefix of ${name} must stand in "namespaces"`);
  }

  #wrong(place: string, path: string, wants: string): void {
    this.problems.push(`${place}: must lead to ${wants}, got "${path}"`);
  }
}
