import {
  type ElementRule,
  type Mapping,
  mappingLimits,
  type WrittenMapping,
  type WrittenRule,
} from './mapping-schema.ts';

/** Puts the parts of a mapping where they are named. In words, what names no part, or a part that holds itself. */
export function withParts(written: WrittenMapping): { mapping: Mapping; problems: string[] } {
  const expansion = new Expansion(written.parts);
  const { passEmbeddedXml, norm, namespaces } = written;
  const roots = written.roots.map((root, index) => expansion.rule(root, `roots.${index}`, []));
  return {
    mapping: { passEmbeddedXml, ...(norm !== undefined && { norm }), namespaces, roots },
    problems: expansion.problems,
  };
}

class Expansion {
  readonly problems: string[] = [];
  readonly #parts: WrittenMapping['parts'];
  #elements = 0;
  #depth = 0;

  constructor(parts: WrittenMapping['parts']) {
    this.#parts = parts;
  }

  /** `inside` are the parts that this rule stands in. */
  rule({ children, ...rest }: WrittenRule, place: string, inside: readonly string[]): ElementRule {
    if (children === undefined) return rest;
    return { ...rest, children: this.#expand(children, `${place}.children`, inside) };
  }

  #expand(
    children: readonly (WrittenRule | string)[],
    place: string,
    inside: readonly string[],
  ): ElementRule[] {
    if (this.#tooLarge(place, children.length)) return [];
    this.#depth += 1;
    const expanded = children.flatMap((child, index) => {
      const here = `${place}.${index}`;
      return typeof child === 'string' ? this.#part(child, here, inside) : [this.rule(child, here, inside)];
    });
    this.#depth -= 1;
    return expanded;
  }

  #part(name: string, place: string, inside: readonly string[]): ElementRule[] {
    const part = Object.hasOwn(this.#parts, name) ? this.#parts[name] : undefined;
    if (part !== undefined && !inside.includes(name))
      return this.#expand(part, `parts.${name}`, [...inside, name]);
    this.problems.push(
      part === undefined
        ? `${place}: must be the name of a part, got "${name}"; there are: ${Object.keys(this.#parts).join(', ') || 'none'}`
        : `${place}: the part "${name}" must not hold itself`,
    );
    return [];
  }

  /** Told once: what comes after would say the same again and again. */
  #tooLarge(place: string, more: number): boolean {
    const { elements, depth } = mappingLimits;
    const before = this.#elements;
    this.#elements += more;
    if (this.#elements > elements) {
      if (before <= elements)
        this.problems.push(`${place}: with all parts put in there must be at most ${elements} elements`);
      return true;
    }
    if (this.#depth < depth) return false;
    this.#elements = Number.POSITIVE_INFINITY;
    this.problems.push(`${place}: must not be nested more than ${depth} deep, parts put in`);
    return true;
  }
}
