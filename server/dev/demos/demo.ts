import type { Pool } from 'pg-switchyard';
import type { Settings } from '../../settings.ts';

/** What `npm start -- --queue NAME` shows of a queue: `server/dev/demos/NAME.ts` exports one as `demo`. */
export interface Demo {
  /**
   * Makes what the work needs (a repository, files) below the folder. Answers the settings that its starter and worker get
   * instead of those they have.
   */
  prepare(folder: string, settings: Settings): Promise<Record<string, string>>;
  /** Statements that put work in, as an application would; shown, and run as they are shown. */
  inserts(folder: string): readonly string[];
  /** Answers how the work goes, in a few columns that people read; shown each time it changes. */
  watch: string;
  /** Answers one row, `{ pending: number, failed: number }`; the demo is over when nothing is pending. */
  progress: string;
  /** Where to look at what came of it. */
  after(folder: string, pool: Pick<Pool, 'query'>): Promise<readonly string[]>;
}
