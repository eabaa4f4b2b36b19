import type { FastifyBaseLogger } from 'fastify';
import { Problem } from '../problems.ts';
import type { NotChecked, RulesReport } from './report.ts';
import type { RuleChecks } from './rule-checks.ts';

/** What `GATEWAY_VALIDATE` asks for; absent when it is off. */
export interface ResultCheck {
  checks: RuleChecks;
  /** Whether a result that breaks rules is refused; otherwise its report goes along with it. */
  refuse: boolean;
}

/**
 * Checks a result against the official rules of its syntax.
 * @throws {Problem} 422 when it breaks some and is to be refused then; 502 when it is to be refused and cannot be checked
 * @throws {Busy}
 */
export async function checkResult(
  { checks, refuse }: ResultCheck,
  xml: string,
  { log, signal }: { log: FastifyBaseLogger; signal: AbortSignal },
): Promise<RulesReport | NotChecked> {
  const report = await checks.check(xml, signal);
  log.info({ report }, 'result checked');
  if (!refuse) return report;
  if ('notChecked' in report) {
    if (report.notOurs) return report;
    throw new Problem(502, 'CHECK_FAILED', `the result could not be checked: ${report.notChecked}`);
  }
  if (report.passed) return report;
  const detail = `the XML breaks official rules of EN 16931: ${inWords(report)}`;
  throw new Problem(422, 'RULES_BROKEN', detail);
}

const inWords = ({ findings, more }: RulesReport): string => {
  const errors = findings.filter(({ level }) => level === 'error').slice(0, mostTold);
  const told = errors.map(
    ({ rule, place, text }) => `${text.startsWith('[') ? text : `[${rule}] ${text}`} (${place})`,
  );
  const untold = findings.length - errors.length + more;
  return `${told.join('; ')}${untold > 0 ? `; and ${untold} more` : ''}`;
};

const mostTold = 5;
