import type { Client } from '@temporalio/client';
import type { Pool } from '../../platform/database.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Finding } from '../views.ts';
import type { Limits } from './limits.ts';
import type { InspectedQueue } from './queues.ts';

/** What a check may need; it is left out where that is not there, which is a finding of its own. */
export type Need = 'database' | 'schema' | 'queues' | 'temporal';

/** One question that `doctor` asks. */
export interface Check {
  /** What is looked at, in a few words: the subject of CHECK_NOT_MADE. */
  readonly name: string;
  readonly needs: readonly Need[];
  /** What is wrong; nothing: all is well. */
  find(context: CheckContext): Promise<readonly Finding[]>;
}

/** What checks are given. `client` is there for those that need `temporal`, and `queues` and `queuesOff` for those that need `queues`. */
export interface CheckContext {
  readonly settings: Settings;
  /** The folders of the application's migrations; left out: not known. */
  readonly migrations?: readonly URL[] | undefined;
  readonly pool: Pool;
  readonly client: Client;
  readonly queues: readonly InspectedQueue[];
  /** The names of those that are switched off; asked once, by whoever asks first. */
  readonly queuesOff: () => Promise<ReadonlySet<string>>;
  readonly limits: Limits;
  /** The clock of this host, in milliseconds since 1970. */
  readonly now: () => number;
}

/** A check on which others depend: where it finds anything, those that need what it opens are not made. */
export interface Gate extends Check {
  readonly opens: Need;
}
