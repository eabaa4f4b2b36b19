import { fileURLToPath } from 'node:url';
import { PdfProcessFailed } from '../../../lib/pdf/pdf-process.ts';
import { type PoolLimits, ProcessPool } from '../process-pool.ts';
import type { RulesCommand } from './child.ts';
import type { NotChecked, RulesReport } from './report.ts';

/** Processes that check XML invoices against the official rules. */
export class RuleChecks extends ProcessPool<RulesCommand, RulesReport | NotChecked> {
  constructor(limits: PoolLimits) {
    super({
      ...limits,
      childPath: fileURLToPath(new URL('./child.ts', import.meta.url)),
      readyAtStart: 1,
    });
  }

  /**
   * What the rules say of a file. A check that does not end within its limits is no failure of the conversion before it.
   * @throws {Busy} as the pool does, and the abort's reason
   */
  async check(xml: string, signal: AbortSignal): Promise<RulesReport | NotChecked> {
    try {
      return await this.ask({ xml }, signal);
    } catch (error) {
      if (error instanceof PdfProcessFailed)
        return { notChecked: `the check was ended: ${reasons[error.reason]}` };
      throw error;
    }
  }
}

const reasons = {
  timeout: 'it took longer than GATEWAY_PROCESS_TIMEOUT allows',
  memory: 'it took more memory than GATEWAY_MEMORY allows',
  crash: 'its process ended',
} as const;
