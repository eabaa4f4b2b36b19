import { readFile } from 'node:fs/promises';
import { answerCommands } from '../../../lib/pdf/pdf-child.ts';
import { checkRules } from './check-rules.ts';
import type { NotChecked, RulesReport } from './report.ts';

export interface RulesCommand {
  /** The path of the XML. */
  xml: string;
}

// The process that a check runs in.
await answerCommands(answer, async () => undefined);

async function answer({ xml }: RulesCommand): Promise<RulesReport | NotChecked> {
  try {
    return checkRules(await readFile(xml));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { notChecked: `the check failed: ${why.slice(0, 200)}` };
  }
}
