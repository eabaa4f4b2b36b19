import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { KnownTokens } from './known-tokens.ts';
import type { ApiPlugin } from './plugin.ts';

export interface ApiDeps {
  settings: Pick<Settings, 'apiHost'>;
  /** All queues: what can be looked at, limited and paused. */
  queues: readonly QueueDefinition[];
  plugins: readonly ApiPlugin[];
  pool: Pool;
  tokens: KnownTokens;
  log: Logger;
}
