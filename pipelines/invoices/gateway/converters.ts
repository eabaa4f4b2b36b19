import { fileURLToPath } from 'node:url';
import type { ConversionAnswer } from './child.ts';
import type { Conversion } from './convert.ts';
import { type PoolLimits, ProcessPool } from './process-pool.ts';

/** Processes that convert PDFs. */
export class Converters extends ProcessPool<Conversion, ConversionAnswer> {
  constructor(limits: PoolLimits) {
    super({
      ...limits,
      childPath: fileURLToPath(new URL('./child.ts', import.meta.url)),
      readyAtStart: 2,
    });
  }

  convert(conversion: Conversion, signal: AbortSignal): Promise<ConversionAnswer> {
    return this.ask(conversion, signal);
  }
}
