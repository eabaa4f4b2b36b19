import type { ElementRule, Mapping, WrittenMapping, WrittenRule } from './mappings.ts';

/** Puts the parts of a mapping where they are named. In words, what names no part, or a part that holds itself. */
export function withParts(written: WrittenMapping): { mapping: Mapping; problems: string[] } {
  const problems: string[] = [];

  function expand(
    children: readonly (WrittenRule | string)[],
    place: string,
    inside: readonly string[],
  ): ElementRule[] {
    return children.flatMap((child, index) => {
      const here = `${place}.${index}`;
      if (typeof child !== 'string') return [rule(child, here, inside)];
      const part = Object.hasOwn(written.parts, child) ? written.parts[child] : undefined;
      if (part !== undefined && !inside.includes(child))
        return expand(part, `parts.${child}`, [...inside, child]);
      problems.push(
        part === undefined
          ? `${here}: must be the name of a part, got "${child}"; there are: ${Object.keys(written.parts).join(', ') || 'none'}`
          : `${here}: the part "${child}" must not hold itself`,
      );
      return [];
    });
  }

  function rule({ children, ...rest }: WrittenRule, place: string, inside: readonly string[]): ElementRule {
    if (children === undefined) return rest;
    return { ...rest, children: expand(children, `${place}.children`, inside) };
  }

  const { passEmbeddedXml, namespaces } = written;
  const roots = written.roots.map((root, index) => rule(root, `roots.${index}`, []));
  return { mapping: { passEmbeddedXml, namespaces, roots }, problems };
}
