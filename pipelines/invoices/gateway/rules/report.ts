/** A rule of the norm that a document breaks. */
export interface Finding {
  /** As the norm numbers it: `BR-CO-10`, `UBL-SR-48` … */
  rule: string;
  /** Only errors make a document invalid. */
  level: 'error' | 'warning';
  /** How often it is broken. */
  count: number;
  /** Where it is broken first, by local names: `/Invoice/InvoiceLine[2]/Price`. */
  place: string;
  /** The rule, in the norm's words. */
  text: string;
}

/** What the official rules of EN 16931 say of a document. */
export interface RulesReport {
  /** The artefacts, with their version. */
  rules: string;
  syntax: 'UBL' | 'CII';
  passed: boolean;
  /** Errors first. At most `mostFindings`. */
  findings: Finding[];
  /** How many rules more are broken than `findings` names. */
  more: number;
}

/** Why a document was not checked. */
export interface NotChecked {
  notChecked: string;
  /** No rules apply to it: it is in neither syntax. Otherwise it could not be checked within the limits. */
  notOurs?: boolean;
}

const mostFindings = 10;

/** One report for several findings of a rule. */
export function reportOf(
  syntax: RulesReport['syntax'],
  rules: string,
  found: readonly Omit<Finding, 'count'>[],
): RulesReport {
  const byRule = new Map<string, Finding>();
  for (const finding of found) {
    const known = byRule.get(finding.rule);
    if (known === undefined) byRule.set(finding.rule, { ...finding, count: 1 });
    else known.count += 1;
  }
  const broken = [...byRule.values()].sort((a, b) => a.level.localeCompare(b.level));
  return {
    rules,
    syntax,
    passed: broken.every(({ level }) => level !== 'error'),
    findings: broken.slice(0, mostFindings),
    more: Math.max(0, broken.length - mostFindings),
  };
}
