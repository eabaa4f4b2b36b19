import type { Pool } from 'pg-switchyard';
import type { Settings } from '../../settings.ts';

/** What `npm start -- --queue NAME` shows of a queue: `server/dev/demos/NAME.ts` exports one as `demo`. */
export interface Demo {
  /** The queues that it needs served; left out: the one that it is named for. */
  readonly queues?: readonly string[];
  /**
   * Makes what the work needs (a repository, files) below the folder. Answers the settings that its starter and worker get
   * instead of those they have.
   */
  prepare(folder: string, settings: Settings): Promise<Record<string, string>>;
  /** Statements that put work in, as an application would; shown, and run as they are shown. */
  inserts(folder: string): readonly string[];
  /**
   * Answers how the work goes, in a few columns that people read, the first of which tells the rows apart; a row is shown again when it
   * has changed.
   */
  watch: string;
  /** Answers one row, `{ pending: number, failed: number }`; the demo is over when nothing is pending. */
  progress: string;
  /** What it asks a person; left out: nothing. */
  question?: DemoQuestion;
  /** Where to look at what came of it. */
  after(folder: string, pool: Pick<Pool, 'query'>): Promise<readonly string[]>;
}

export interface DemoQuestion {
  readonly queue: string;
  /** Answers the jobs that wait for an answer: `{ id: string, message: string }`. */
  readonly waiting: string;
  /** Answers them, for whoever has no page: a statement without parameters. */
  readonly answer: string;
}
