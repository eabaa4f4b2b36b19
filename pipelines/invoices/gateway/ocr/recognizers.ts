import { fileURLToPath } from 'node:url';
import { type PoolLimits, ProcessPool } from '../process-pool.ts';
import type { RecognitionAnswer, RecognitionCommand } from './child.ts';

/** Processes that recognize the text of PDFs that are images. */
export class Recognizers extends ProcessPool<RecognitionCommand, RecognitionAnswer> {
  /** @param languages such as `eng` */
  constructor(limits: PoolLimits, languages: readonly string[]) {
    super({
      ...limits,
      childPath: fileURLToPath(new URL('./child.ts', import.meta.url)),
      childArguments: languages,
      readyAtStart: 1,
    });
  }
}
